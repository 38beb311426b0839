package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"fourwaves/lessons"
	"fourwaves/static"
	"fourwaves/web"
)

// where is what serve and health have to agree on.
type where struct {
	Listen   string `default:"localhost:8080" placeholder:"HOST:PORT" help:"Address to listen on, ${default} if not given; :8080 is every address of the machine."`
	BasePath string `placeholder:"/PATH" help:"Path under which a proxy shows the pages, as in /tcp."`
}

// url is how the server at an address is reached from this machine, by a person as localhost. A program in a container
// without so much as a file of hosts does better with a number.
func (w where) url(address, here string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "http://" + address + w.base()
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsUnspecified() || ip.Equal(net.IPv4(127, 0, 0, 1))) {
		host = here
	}
	return "http://" + net.JoinHostPort(host, port) + w.base()
}

func (w where) base() string { return strings.TrimSuffix(w.BasePath, "/") }

type serveCommand struct {
	where
	AllowedOrigin  []string      `placeholder:"ORIGIN" help:"Origin whose pages may connect besides the server's own, as in https://school.example; for a proxy that changes the host. May be repeated."`
	Lessons        string        `type:"path" placeholder:"DIR" help:"Folder of lessons to serve instead of the built-in ones."`
	Watch          bool          `help:"Show the folder of --lessons anew whenever it changes: pages keep their place and playhead, mistakes are shown on the page."`
	MaxConnections int           `default:"200000" help:"Connections that the loads of one run may make."`
	MaxRunTime     time.Duration `default:"10s" help:"Time to compute one run; what takes longer is cut off."`
	LogFormat      string        `default:"text" enum:"text,json" help:"Form of the log: text or json."`
}

const shutdownWithin = 10 * time.Second

func (c serveCommand) Run(ctx context.Context, io streams) error {
	// Only here: the other commands have nothing to finish, and a signal should just end them.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := c.logger(io.err)
	pages, err := c.pages(ctx, log)
	if err != nil {
		return err
	}
	listener, err := listen(c.Listen)
	if err != nil {
		return err
	}
	url := c.url(listener.Addr().String(), "localhost") + "/"
	if c.LogFormat == "json" {
		log.Info("listening", "url", url)
	} else {
		fmt.Fprintf(io.out, "Fourwaves is ready: open %s (Ctrl-C stops it)\n", url)
	}
	return serve(ctx, listener, pages, log)
}

func (c serveCommand) logger(w io.Writer) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// site is a handler that has sockets to say goodbye on.
type site struct {
	http.Handler
	goodbye func()
}

// pages are what is served. Lessons with problems are not, because a class would meet them before their teacher; an author
// who watches is shown the problems instead.
func (c serveCommand) pages(ctx context.Context, log *slog.Logger) (site, error) {
	folder, _, err := lessonFolder(c.Lessons)
	switch {
	case err != nil:
		return site{}, err
	case c.Watch && c.Lessons == "":
		return site{}, errors.New("--watch needs a folder to watch: --lessons DIR")
	case c.Watch:
		return c.watch(ctx, log)
	}
	library, words, problems, err := loadLessons(folder)
	if err != nil {
		return site{}, err
	}
	if len(problems) > 0 {
		return site{}, fmt.Errorf("the lessons in %[1]s have problems (fourwaves lint %[1]s shows them at length):\n%[2]w", c.Lessons, problems)
	}
	server := c.server(library, words, log)
	handler, err := server.Handler()
	return site{handler, server.Close}, err
}

// guide is the program's own, for every folder that it serves. That it has no problems is a test.
var guide = sync.OnceValue(func() *lessons.Library {
	library, _ := lessons.LoadGuide(lessons.Builtin)
	return library
})

// server gathers what the pages need.
func (c serveCommand) server(library *lessons.Library, words lessons.Catalogue, log *slog.Logger) *web.Server {
	library.Guide = guide()
	return &web.Server{
		Lessons: library, Words: words, Static: static.FS, Log: log,
		BasePath: c.base(), AllowedOrigins: c.AllowedOrigin,
		MaxConnections: c.MaxConnections, MaxRunTime: c.MaxRunTime,
	}
}

// loadLessons reads a folder and what the pages say in its languages.
func loadLessons(folder fs.FS) (*lessons.Library, lessons.Catalogue, lessons.Problems, error) {
	own, err := lessons.LoadWords(static.FS)
	if err != nil {
		return nil, nil, nil, err
	}
	library, problems := lessons.Load(folder)
	words, more := library.Words(own)
	return library, words, append(problems, more...), nil
}

// lessonFolder is the teacher's, or the built-in one for "".
func lessonFolder(dir string) (folder fs.FS, name string, err error) {
	if dir == "" {
		return lessons.Builtin, "the program", nil
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", fmt.Errorf("there is no folder %s", dir)
	case err != nil:
		return nil, "", err
	case !info.IsDir():
		return nil, "", fmt.Errorf("%s is a file; name the folder that holds en/ and zh/", dir)
	}
	// A root does not follow links out of itself: what a folder of lessons shows must lie in it.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, "", err
	}
	return root.FS(), dir, nil
}

// listen says what to do when it cannot.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use: another program listens there, perhaps another fourwaves; stop it, or choose another port with --listen localhost:8081", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be used by you: ports below 1024 belong to the system; choose a higher one, as in --listen localhost:8080", address)
	}
	return nil, fmt.Errorf("cannot listen on %q: %w; an address is HOST:PORT, as in localhost:8080 or :8080", address, err)
}

// serve goes on until the context ends, then lets what is under way finish.
func serve(ctx context.Context, listener net.Listener, pages site, log *slog.Logger) error {
	server := &http.Server{
		Handler:           pages,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second, // sockets are free of these once they are taken over
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	within, cancel := context.WithTimeout(context.Background(), shutdownWithin)
	defer cancel()
	farewell := make(chan struct{})
	go func() { pages.goodbye(); close(farewell) }()
	err := server.Shutdown(within)
	select {
	case <-farewell:
	case <-within.Done():
	}
	if err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}

type healthCommand struct {
	where
	URL string `arg:"" optional:"" help:"Server to ask; without it the one that --listen and --base-path name."`
}

func (c healthCommand) Run(ctx context.Context, out streams) error {
	url := strings.TrimSuffix(c.URL, "/")
	if url == "" {
		url = c.url(c.Listen, "127.0.0.1")
	}
	if !strings.HasSuffix(url, "/healthz") {
		url += "/healthz"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer response.Body.Close()
	var answer struct{ Status string }
	if err := json.NewDecoder(io.LimitReader(response.Body, 4<<10)).Decode(&answer); err != nil || response.StatusCode != http.StatusOK || answer.Status != "ok" {
		return fmt.Errorf("health: %s answers %s", url, response.Status)
	}
	_, err = fmt.Fprintln(out.out, "ok")
	return err
}
