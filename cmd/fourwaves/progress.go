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

// due tells whether it is time to say something: at most ten times a second.
func (p *progress) due() bool {
	return p.to != nil && time.Since(p.begun) >= time.Second && time.Since(p.last) >= 100*time.Millisecond
}

// say overwrites what it said before, if it is time.
func (p *progress) say(format string, args ...any) {
	if !p.due() {
		return
	}
	p.last, p.spoken = time.Now(), true
	fmt.Fprintf(p.to, "\r\x1b[K"+format, args...)
}

// clear leaves the terminal as it was.
func (p *progress) clear() {
	if p.spoken {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.spoken = false
	}
}
