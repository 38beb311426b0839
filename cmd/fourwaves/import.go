package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"fourwaves/lessons"
	"fourwaves/lessons/ladder"
	"fourwaves/sim/capture"
	"fourwaves/static"
)

type importCommand struct {
	Pcap importPcapCommand `cmd:"" help:"Show a connection of a real capture (pcap or pcapng) as a run."`
}

type importPcapCommand struct {
	File string `arg:"" name:"FILE" help:"Capture, as tcpdump -w and Wireshark write it; - for standard input."`
	Conn int    `placeholder:"N" help:"Which connection; without it they are listed, or the only one is shown."`
	view
}

// Run shows one connection, or lists them.
func (c importPcapCommand) Run(io streams) error {
	in := io.in
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	file, err := capture.Read(in, maxCapture)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	all, err := lessons.LoadWords(static.FS)
	if err != nil {
		return err
	}
	words := all[c.Lang]
	for _, n := range file.Notes {
		fmt.Fprintln(io.err, "note:", say(words, n))
	}
	if c.Conn == 0 && len(file.Connections) > 1 {
		return listConnections(io.out, words, file)
	}
	if c.Conn < 0 || c.Conn > len(file.Connections) {
		return fmt.Errorf("%s has no connection %d; it has 1 to %d", c.File, c.Conn, len(file.Connections))
	}
	connection := file.Connections[max(c.Conn, 1)-1]
	events, _, notes := connection.Run()
	for _, n := range notes {
		fmt.Fprintln(io.err, "note:", say(words, n))
	}
	return c.show(io, events)
}

// maxCapture is how many bytes are read of a file: more packets than anybody looks at.
const maxCapture = 4 << 30

// say puts a note on a capture into words.
func say(words *lessons.Words, n capture.Note) string {
	return words.UI(n.Code, "n", strconv.Itoa(n.N), "text", n.Text, "time", words.Time(int64(n.N)))
}

// listConnections prints what there is to choose from.
func listConnections(w io.Writer, words *lessons.Words, file *capture.File) error {
	out := bufio.NewWriter(w)
	rows := [][]string{{"", words.UI("import.from"), words.UI("import.begins"), words.UI("import.lasts"), words.UI("import.segments"), words.UI("import.bytes"), words.UI("import.end")}}
	for _, c := range file.Connections {
		rows = append(rows, []string{
			strconv.Itoa(c.Number), c.Client.String() + " → " + c.Server.String(), words.Time(microseconds(c.First)), words.Time(microseconds(c.Last - c.First)),
			strconv.Itoa(c.Segments), strconv.Itoa(c.Bytes), words.UI(c.Ending),
		})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], ladder.Columns(text))
		}
	}
	for _, row := range rows {
		for i, text := range row {
			if i > 0 {
				fmt.Fprint(out, "  ")
			}
			fmt.Fprint(out, text, pad(widths[i], text))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "\n%s\n", words.UI("import.choose"))
	return out.Flush()
}

func microseconds(d time.Duration) int64 { return int64(d / time.Microsecond) }
