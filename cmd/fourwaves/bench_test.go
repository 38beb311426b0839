package main

import (
	"strings"
	"testing"
)

// TestBench makes the smallest bench there is, and finds every figure that the engine is held to.
func TestBench(t *testing.T) {
	var out, errs strings.Builder
	if err := (benchCommand{Runs: 1, Connections: 1000, Million: 100_000}).Run(streams{out: &out, err: &errs}); err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{"connections per second", "segments per second", "allocations per segment", "of those with nothing told", "bytes per TIME_WAIT entry", "100000 connections", "peak memory"} {
		if !strings.Contains(out.String(), row) {
			t.Errorf("no row about %s in\n%s", row, out.String())
		}
	}
	if errs.Len() > 0 {
		t.Errorf("where nobody looks, it says %q", errs.String())
	}
	if err := (benchCommand{Runs: 0, Connections: 1000, Million: 100_000}).Run(streams{out: &out, err: &errs}); err == nil {
		t.Error("a bench without runs succeeds")
	}
}
