//go:build !unix

package main

import "time"

// processorTime is not known here.
func processorTime() time.Duration { return 0 }

// peak is not known here.
func peak() int64 { return 0 }
