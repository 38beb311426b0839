package web

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"fourwaves/lessons/ladder"
	"fourwaves/sim"
	"fourwaves/sim/capture"
)

// A reader's own capture becomes a figure: one page with a form, and the same page as the answer to it.
//
// Decision, 2026-11-22: nothing of a capture is kept. It is read while it comes in, without a file and without its text, and what
// the answer needs is in the answer: the run of the connection that was chosen, as data for the script, and for who has still to
// choose the capture itself as a hidden field of the next form, if it is small. So there is no memory to bound but that of
// one request, no address that shows somebody's traffic to somebody else, and it works without scripts.
const (
	maxUpload    = 16 << 20 // bytes of a form with a capture
	maxUnpacked  = 64 << 20 // bytes of a capture that was packed
	maxCarried   = 1 << 20  // bytes of a capture that goes along in a page
	listedConns  = 300      // connections to choose from; others by number
	importFigure = "import/capture"
)

// An importView is the page.
type importView struct {
	problem     string
	notes       []string
	connections []*capture.Connection
	listed      []*capture.Connection
	chosen      int
	figure      *figureView
	carried     string // the capture, base64
}

// A recordedRun is what the script needs of a run that no server can compute again.
type recordedRun struct {
	Events []sim.Event `json:"events"`
	Facts  sim.Facts   `json:"facts"`
}

func (s *Server) importFrame(r *http.Request) frame {
	f := s.frame(chi.URLParam(r, "lang"), "import", r)
	f.title, f.description = f.t("import.title"), f.t("import.description")
	return f
}

func (s *Server) serveImport(w http.ResponseWriter, r *http.Request) {
	f := s.importFrame(r)
	s.render(w, r, http.StatusOK, importPage(f, importView{}))
}

// takeImport answers the form.
func (s *Server) takeImport(w http.ResponseWriter, r *http.Request) {
	if !s.enter(r) {
		return
	}
	defer s.leave()
	f := s.importFrame(r)
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	v, status := f.readImport(r)
	f.scripts = v.figure != nil
	s.render(w, r, status, importPage(f, v))
}

// readImport reads the form: the capture as a file or carried along, and the number of a connection.
func (f frame) readImport(r *http.Request) (v importView, status int) {
	refuse := func(status int, text string) (importView, int) { return importView{problem: text}, status }
	form, err := r.MultipartReader()
	if err != nil {
		return refuse(http.StatusBadRequest, f.t("import.no-file"))
	}
	var file *capture.File
	var wrong error
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = f.importPart(part, &v, &file, &wrong)
		}
		var big *http.MaxBytesError
		switch {
		case errors.As(err, &big):
			return refuse(http.StatusRequestEntityTooLarge, f.t("import.too-big", "mb", strconv.Itoa(maxUpload>>20)))
		case err != nil:
			return refuse(http.StatusBadRequest, f.t("import.broken-form"))
		}
	}
	switch {
	case wrong != nil:
		return refuse(http.StatusUnprocessableEntity, f.t("import.unreadable", "message", wrong.Error()))
	case file == nil:
		return refuse(http.StatusBadRequest, f.t("import.no-file"))
	}
	v.connections = file.Connections
	v.listed = file.Connections[:min(len(file.Connections), listedConns)]
	if len(file.Connections) == 1 && v.chosen == 0 {
		v.chosen = 1
	}
	f.note(&v, file.Notes)
	if v.chosen < 0 || v.chosen > len(file.Connections) {
		v.problem = f.t("import.no-such", "n", strconv.Itoa(v.chosen), "of", strconv.Itoa(len(file.Connections)))
		v.chosen = 0
	}
	if v.chosen > 0 {
		f.draw(&v, file.Connections[v.chosen-1])
	}
	return v, http.StatusOK
}

// importPart reads one field of the form.
func (f frame) importPart(part *multipart.Part, v *importView, file **capture.File, wrong *error) error {
	switch name := part.FormName(); {
	case name == "conn":
		text, err := io.ReadAll(io.LimitReader(part, 20))
		v.chosen, _ = strconv.Atoi(strings.TrimSpace(string(text))) // none is 0
		return err
	case name == "capture" && part.FileName() != "" || name == "carried" && *file == nil:
		var source io.Reader = part
		if name == "carried" {
			source = base64.NewDecoder(base64.StdEncoding, part)
		}
		small := &limitedCopy{}
		read, err := capture.Read(io.TeeReader(source, small), maxUnpacked)
		if _, err := io.Copy(small, source); err != nil { // what the reader left: too much of it is an error, too
			return err
		}
		if name == "carried" && small.Len() == 0 {
			return nil // there was none to carry
		}
		*file, *wrong = read, err
		if small.whole() {
			v.carried = base64.StdEncoding.EncodeToString(small.Bytes())
		}
	}
	return nil
}

// limitedCopy keeps a copy of what passes, as long as it is small.
type limitedCopy struct {
	bytes.Buffer
	passed int
}

func (c *limitedCopy) Write(p []byte) (int, error) {
	c.passed += len(p)
	if c.passed <= maxCarried {
		c.Buffer.Write(p)
	} else {
		c.Buffer = bytes.Buffer{}
	}
	return len(p), nil
}

func (c *limitedCopy) whole() bool { return c.passed <= maxCarried }

func (f frame) note(v *importView, notes []capture.Note) {
	for _, n := range notes {
		v.notes = append(v.notes, f.words.UI(n.Code, "n", strconv.Itoa(n.N), "text", n.Text, "time", f.words.Time(int64(n.N))))
	}
}

// draw puts the run of a connection onto the page.
func (f frame) draw(v *importView, c *capture.Connection) {
	events, facts, notes := c.Run()
	f.note(v, notes)
	view := &figureView{id: importFigure, name: "capture", lines: f.words.Transcript(events), recorded: &recordedRun{events, facts}}
	var drawn strings.Builder
	if err := ladder.Write(&drawn, f.words, events, ladder.Style{Width: textWidth}); err != nil {
		panic(fmt.Sprintf("an imported run: %v", err)) // into memory
	}
	view.ladder = drawn.String()
	v.figure = view
}
