package durable

// Plugin observes executions; embed [NoPlugin] and override what you need.
type Plugin interface{}
