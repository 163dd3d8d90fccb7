package localrun

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/console"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/internal/httpguard"
)

// DefaultConsole is where the console is unless another address is asked for.
const DefaultConsole = "127.0.0.1:9471"

// serveConsole serves the console beside the service, unless it is switched off.
func (s *server) serveConsole(packages []*flowdir.Package) error {
	if s.Console == "off" {
		return nil
	}
	name, err := s.storage.ConsoleName()
	if err != nil {
		return err
	}
	listener, err := s.listenConsole()
	if err != nil {
		return err
	}
	var programs *console.Programs
	if s.Answers != nil {
		programs = s.programs
	}
	s.console, err = console.Serve(listener, console.Options{
		Engine:   s.service.Engine,
		Packages: packages,
		Endpoint: s.service.URL,
		Name:     name,
		Hosts:    httpguard.Hosts(s.Console),
		Programs: programs,
		Advance:  s.service.Engine.Advance,
		Editor:   s.Editor,
		Logger:   slog.New(slog.NewTextHandler(s.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		listener.Close()
		return err
	}
	if host, _, _ := net.SplitHostPort(s.Console); s.Console != "" && !httpguard.IsLoopback(host) {
		fmt.Fprintf(s.stderr, "warning: the console at %s is not loopback: whoever has its link, or reads it on the way, can run workflows as you\n", s.Console)
	}
	fmt.Fprintf(s.stderr, "console at %s\n", s.console.Link())
	return nil
}

// listenConsole listens where the console was asked for. Nobody has asked for the
// default address, so a free port does as well if it is taken, or if the API has one.
func (d *ServeOptions) listenConsole() (net.Listener, error) {
	address := d.Console
	if address == "" {
		address = DefaultConsole
		if strings.HasSuffix(d.Address, ":0") {
			address = "127.0.0.1:0"
		}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil && d.Console == "" {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		var cause *net.OpError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, fmt.Errorf("%s: the console can't listen: %w; give another address with --console", address, err)
	}
	return listener, nil
}
