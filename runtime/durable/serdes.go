package durable

// SerdesInfo says whose value is encoded or decoded.
type SerdesInfo struct {
	ExecutionARN string
	OperationID  string
	Name         string
}

// Serdes encodes values for the record. What Serialize returns is stored as it is;
// Deserialize gets a pointer to the value to fill. An operation whose result can't
// be encoded or decoded fails with a [*UnexpectedError].
type Serdes interface {
	Serialize(v any, at SerdesInfo) (string, error)
	Deserialize(text string, v any, at SerdesInfo) error
}
