package lsp

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
)

// maxMessage bounds what a client may send at once, and so what is held of it.
const maxMessage = 256 << 20

// stream frames messages as the protocol wants. A message that can't be read is answered and
// passed over: what its length was is known, so the next one is found.
type stream struct {
	in  *bufio.Reader
	out io.Writer
	mu  sync.Mutex // of out
}

func newStream(in io.Reader, out io.Writer) *stream {
	return &stream{in: bufio.NewReader(in), out: out}
}

// WriteObject implements jsonrpc2.ObjectStream.
func (s *stream) WriteObject(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := fmt.Fprintf(s.out, "Content-Length: %d\r\n\r\n", len(body)); err != nil {
		return err
	}
	_, err = s.out.Write(body)
	return err
}

// ReadObject implements jsonrpc2.ObjectStream.
func (s *stream) ReadObject(v any) error {
	for {
		length, err := s.header()
		if err != nil {
			return err
		}
		if length > maxMessage {
			if _, err := io.CopyN(io.Discard, s.in, length); err != nil {
				return err
			}
			s.refuse(jsonrpc2.CodeInvalidRequest, fmt.Errorf("a message of %d MB is larger than %d MB", length>>20, maxMessage>>20))
			continue
		}
		body, err := io.ReadAll(io.LimitReader(s.in, length)) // grows with what comes, not with what is announced
		if err == nil && int64(len(body)) < length {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if !json.Valid(body) {
			s.refuse(jsonrpc2.CodeParseError, errors.New("the message is not JSON"))
			continue
		}
		if err := json.Unmarshal(body, v); err != nil {
			s.refuse(jsonrpc2.CodeInvalidRequest, err)
			continue
		}
		return nil
	}
}

// header reads the lines before a message, of which none is longer than the reader's buffer,
// and gives the length of the message.
func (s *stream) header() (int64, error) {
	length := int64(-1)
	for {
		line, err := s.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		name, value, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), ":")
		switch {
		case strings.EqualFold(name, "Content-Length"):
			value = strings.TrimSpace(value)
			if length, err = strconv.ParseInt(value, 10, 64); err != nil || length < 0 {
				return 0, fmt.Errorf("a message has the Content-Length %q", value)
			}
		case name == "" && length < 0:
			return 0, errors.New("a message has no Content-Length")
		case name == "":
			return length, nil
		}
	}
}

func (s *stream) refuse(code int, err error) {
	s.WriteObject(map[string]any{"jsonrpc": "2.0", "id": nil, "error": map[string]any{"code": code, "message": err.Error()}})
}

// Close implements jsonrpc2.ObjectStream. The streams belong to the process.
func (*stream) Close() error { return nil }
