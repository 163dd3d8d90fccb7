package dsl

// arrivals checks the names of the failures from outside that arrive as an error. What has
// failed there knows nothing of the error's fields, but its message.
func (c *checker) arrivals(d *ErrorDecl) {
	d.Type.Bears = nil
	for _, n := range d.As {
		t, isError := c.types[n.Text].(*ErrorType)
		switch before := c.arriving[n.Text]; {
		case n.Text == "":
			c.errorf(codeUnknownError, n.Span, "the name of an error is empty")
		case builtinError(n.Text) != nil:
			c.errorf(codeUnknownError, n.Span, "`%s` is built in", n.Text).help("catch it where it comes from")
		case isError && t != nil:
			p := c.errorf(codeUnknownError, n.Span, "`%s` is declared", n.Text)
			if t == d.Type {
				p.help("an error arrives under its own name in any case")
			}
		case before != nil:
			c.errorf(codeDuplicateName, n.Span, "a failure called `%s` arrives as `%s` already", n.Text, before.Name.Text).note(before.Name.Span, "declared here")
		default:
			if c.arriving == nil {
				c.arriving = map[string]*ErrorDecl{}
			}
			c.arriving[n.Text] = d
			d.Type.Bears = append(d.Type.Bears, n.Text)
		}
	}
	if len(d.As) == 0 {
		return
	}
	for _, f := range d.Type.Fields {
		if isOptional(f.Type) || isMessage(f) {
			continue
		}
		at := d.Name.Span
		if f.Decl != nil {
			at = f.Decl.Span
		}
		c.errorf(codeErrorAs, at, "a failure from outside has no `%s`", f.Name).
			help("make the field optional; `message string` holds the message of the failure")
	}
}

// isMessage reports whether a field takes the message of a failure from outside.
func isMessage(f *FieldEntry) bool {
	return f.Name == "message" && f.JSON == "message" && f.Type == String
}

// Message finds the field that takes the message of a failure from outside; nil if there
// is none.
func (e *ErrorType) Message() *FieldEntry {
	if f := e.Field("message"); f != nil && len(e.Bears) > 0 && isMessage(f) {
		return f
	}
	return nil
}
