package localrun

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/console"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/internal/httpguard"
)

// DefaultConsole is where the console is unless another address is asked for.
const DefaultConsole = "127.0.0.1:9471"

// serveConsole serves the console beside a service, unless it is switched off.
func (d *ServeOptions) serveConsole(service *local.Service, storage local.Data, packages []*flowdir.Package, stderr io.Writer) (closeConsole func(), err error) {
	if d.Console == "off" {
		return func() {}, nil
	}
	name, err := storage.ConsoleName()
	if err != nil {
		return nil, err
	}
	listener, err := d.listenConsole()
	if err != nil {
		return nil, err
	}
	c, err := console.Serve(listener, console.Options{
		Engine:   service.Engine,
		Packages: packages,
		Name:     name,
		Hosts:    httpguard.Hosts(d.Console),
		Advance:  service.Engine.Advance,
		Logger:   slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		listener.Close()
		return nil, err
	}
	if host, _, _ := net.SplitHostPort(d.Console); d.Console != "" && !httpguard.IsLoopback(host) {
		fmt.Fprintf(stderr, "warning: the console at %s is not loopback: whoever has its link, or reads it on the way, can run workflows as you\n", d.Console)
	}
	fmt.Fprintf(stderr, "console at %s\n", c.Link())
	return c.Close, nil
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
