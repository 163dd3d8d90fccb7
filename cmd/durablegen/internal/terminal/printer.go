package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
)

// Printer shows progress.
type Printer interface {
	// Line tells that something happened; the execution has taken it in.
	Line(Line)
	// Say prints text, which may hold what others wrote, above what is kept current.
	Say(text string)
	// Pause stops all drawing until resume is called, so that somebody can be asked.
	Pause() (resume func())
	// Close draws for the last time.
	Close()
}

// NewLines gives a printer that writes one line for each thing that happens.
func NewLines(w io.Writer) Printer { return &lines{w: w} }

type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (p *lines) print(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.w, text)
}

func (p *lines) Line(l Line)     { p.print(l.String()) }
func (p *lines) Say(text string) { p.print(cleantext.Text(text)) }
func (p *lines) Close()          {}

func (p *lines) Pause() func() {
	p.mu.Lock()
	return p.mu.Unlock
}

// NewList gives a printer that keeps a list of the operations current at the end of
// a terminal. lock guards the execution.
func NewList(w *os.File, x *execution.Execution, lock sync.Locker, now func() time.Time, color bool) Printer {
	p := &list{w: w, x: x, lock: lock, now: now, color: color, stop: make(chan struct{}), stopped: make(chan struct{})}
	go p.loop()
	return p
}

type list struct {
	w     *os.File
	x     *execution.Execution
	lock  sync.Locker
	now   func() time.Time
	color bool

	mu      sync.Mutex
	drawn   int // lines on the screen that are ours
	changed bool
	closed  bool
	stop    chan struct{}
	stopped chan struct{}
}

func (p *list) loop() {
	defer close(p.stopped)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		p.mu.Lock()
		if p.changed || n%10 == 0 { // waiting times change by themselves
			p.draw()
		}
		p.mu.Unlock()
	}
}

func (p *list) Line(Line) {
	p.mu.Lock()
	p.changed = true
	p.mu.Unlock()
}

func (p *list) Say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintln(p.w, cleantext.Text(text))
	if !p.closed {
		p.draw()
	}
}

// Pause leaves the list as it stands; it goes on in a fresh place afterwards.
func (p *list) Pause() func() {
	p.mu.Lock()
	p.draw()
	p.drawn = 0
	return p.mu.Unlock
}

func (p *list) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	p.mu.Unlock()
	close(p.stop)
	<-p.stopped
	p.mu.Lock()
	defer p.mu.Unlock()
	p.draw()
	p.drawn = 0
}

func (p *list) clear() {
	if p.drawn > 0 {
		fmt.Fprintf(p.w, "\x1b[%dA\x1b[J", p.drawn)
		p.drawn = 0
	}
}

func (p *list) draw() {
	width, height, err := term.GetSize(int(p.w.Fd()))
	if err != nil || width < 20 || height < 4 {
		width, height = 80, 24
	}
	p.lock.Lock()
	rows := Rows(p.x, p.now(), height-2)
	p.lock.Unlock()
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.Text(width-1, p.color))
		b.WriteByte('\n')
	}
	p.clear()
	io.WriteString(p.w, b.String())
	p.drawn = len(rows)
	p.changed = false
}
