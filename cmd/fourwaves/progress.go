package main

import (
	"fmt"
	"io"
	"time"
)

// progress tells a person at a terminal what a command that takes more than a
// second is doing. Elsewhere it says nothing.
type progress struct {
	to     io.Writer
	begun  time.Time
	last   time.Time
	spoken bool
}

func progressOf(w io.Writer) *progress {
	p := &progress{begun: time.Now()}
	if _, terminal := terminalWidth(w); terminal {
		p.to = w
	}
	return p
}

// say overwrites what it said before, at most ten times a second.
func (p *progress) say(format string, args ...any) {
	now := time.Now()
	if p.to == nil || now.Sub(p.begun) < time.Second || now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last, p.spoken = now, true
	fmt.Fprintf(p.to, "\r\x1b[K"+format, args...)
}

// clear leaves the terminal as it was.
func (p *progress) clear() {
	if p.spoken {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.spoken = false
	}
}
