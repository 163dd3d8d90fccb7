[(workflow_declaration) (func_declaration) (block)] @local.scope
(parameter name: (identifier) @local.definition)
(define_statement name: (identifier) @local.definition)
(var_statement name: (identifier) @local.definition)
(identifier) @local.reference
