// Command fourwaves serves the lessons, and is the tool of those who write them.
//
//	fourwaves                      serve the built-in lessons on http://localhost:8080
//	fourwaves serve --lessons DIR  serve a folder of your own
//	fourwaves run FILE[#figure]    show a scenario or a lesson's figure: as a ladder, a list, JSON, Mermaid or a capture
//	fourwaves ss FILE[#figure]     what ss -tan would print on each of its hosts at an instant
//	fourwaves import pcap FILE     show a connection of a real capture in the same ways
//	fourwaves lint DIR             check a folder of lessons, figures and expectations included
//	fourwaves new lesson SLUG      write the skeleton of a lesson
//	fourwaves schema               print the JSON Schema of a lesson's front matter, for editors
//	fourwaves bench                measure the engine on this machine
//	fourwaves health [URL]         ask a running server how it is (for containers, which have no curl)
//	fourwaves version
//
// Every flag can be given as an environment variable, FOURWAVES_LISTEN for --listen. Everything here is wiring: what a
// lesson is stands in package lessons, what a page is in package web, what happens in package sim.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"

	"github.com/alecthomas/kong"

	"fourwaves/sim"
)

func main() {
	err := run(context.Background(), os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "fourwaves:", err)
	os.Exit(1)
}

// streams are the program's ends, so that tests can hold them.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

type program struct {
	Serve   serveCommand   `cmd:"" default:"withargs" help:"Serve the lessons (this is what happens without a command)."`
	Run     runCommand     `cmd:"" help:"Run a scenario file or a lesson's figure and show it: as a ladder, a list, JSON, Mermaid or a capture."`
	Ss      ssCommand      `cmd:"" help:"Print what ss -tan would show on each host at an instant."`
	Import  importCommand  `cmd:"" help:"Show what comes from elsewhere as a run."`
	Lint    lintCommand    `cmd:"" help:"Check a folder of lessons: text, figures and their expectations."`
	New     newCommand     `cmd:"" help:"Begin something new."`
	Schema  schemaCommand  `cmd:"" help:"Print the JSON Schema of a lesson's front matter, for editors."`
	Bench   benchCommand   `cmd:"" help:"Measure the engine on this machine."`
	Health  healthCommand  `cmd:"" help:"Ask a running server whether it is well."`
	Version versionCommand `cmd:"" help:"Print the version of the program and of the engine."`
}

// exit is how kong leaves when help was asked for.
type exit int

// run is the program without the process around it.
func run(ctx context.Context, args []string, io streams) (err error) {
	var p program
	parser, err := kong.New(&p,
		kong.Name("fourwaves"),
		kong.Description("Lessons on how TCP connections end, with diagrams that run."),
		kong.DefaultEnvars("FOURWAVES"),
		kong.Vars{"width": strconv.Itoa(usualWidth)},
		kong.Writers(io.out, io.err),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(io),
	)
	if err != nil {
		return err
	}
	defer func() {
		switch code := recover().(type) {
		case nil:
		case exit:
			err = nil
			if code != 0 {
				err = fmt.Errorf("exit code %d", code)
			}
		default:
			panic(code)
		}
	}()
	command, err := parser.Parse(args)
	if err != nil {
		var wrong *kong.ParseError
		if errors.As(err, &wrong) {
			return fmt.Errorf("%w (fourwaves --help lists what there is)", err)
		}
		return err
	}
	return command.Run()
}

type versionCommand struct{}

func (versionCommand) Run(io streams) error {
	_, err := fmt.Fprintf(io.out, "fourwaves %s, engine %d\n", version(), sim.Version)
	return err
}

// version is what the Go tool has noted about the build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	return v + " (" + info.GoVersion + ")"
}
