package lsp

import (
	"bytes"
	"path/filepath"
)

// document is one version of an open file. It never changes.
type document struct {
	uri     string
	path    string // absolute; empty if it is no file on this machine
	version int32
	*lines
}

// name is what the file is called in its package.
func (d *document) name() string {
	if d.path == "" {
		return d.uri
	}
	return filepath.Base(d.path)
}

// changed gives the document with changes applied, one after the other.
func (d *document) changed(version int32, changes []contentChange) *document {
	l := d.lines
	for _, c := range changes {
		if c.Range == nil {
			l = newLines([]byte(c.Text), l.enc)
			continue
		}
		from, to := l.offset(c.Range.Start), l.offset(c.Range.End)
		if to < from {
			from, to = to, from
		}
		text := make([]byte, 0, len(l.text)-(to-from)+len(c.Text))
		text = append(append(append(text, l.text[:from]...), c.Text...), l.text[to:]...)
		l = newLines(text, l.enc)
	}
	return &document{d.uri, d.path, version, l}
}

func (d *document) same(text []byte) bool { return bytes.Equal(d.text, text) }
