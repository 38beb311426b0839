package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"fourwaves/sim"
)

// A worksheet is a run on paper: the hosts, the scenario, and a row for each segment and for each change of state that
// nothing on the wire brings about, with what happens left out. The key on the next page is the same table, filled in.
type worksheet struct {
	title, address string
	hosts          []string
	begin          [2]string // the states before anything happens
	rows           []sheetRow
	cut            bool // the run has more rows than paper
}

// A sheetRow is an instant.
type sheetRow struct {
	time   string
	states [2]string // what each end is in afterwards, when that changes
	words  string    // beside its arrow: "FIN,ACK seq 100 ack 300"
	right  bool      // the segment goes from the first host to the second
	sent   bool      // there is a segment
	lost   bool
}

const maxSheetRows = 40

func (s *Server) serveWorksheet(w http.ResponseWriter, r *http.Request) {
	f := s.frame(chi.URLParam(r, "lang"), "", r)
	query := queryOf(r)
	src := s.sourceOf(f, slugOf(r), chi.URLParam(r, "figure"), query)
	if src == nil {
		s.notFound(w, r)
		return
	}
	f.rest = src.rest + "/" + src.name + "/worksheet"
	f.title, f.description, f.module = f.t("worksheet.title", "title", src.title), f.t("worksheet.lead"), "worksheet"
	if !s.enter(r) {
		return
	}
	defer s.leave()
	events, _, err := src.run(s.workshop, query)
	if err != nil {
		http.Error(w, firstLine(err), http.StatusBadRequest)
		return
	}
	sheet := f.worksheet(events)
	sheet.title, sheet.address = src.title, s.absolute(r, src.address(f))
	s.render(w, r, http.StatusOK, worksheetPage(f, sheet))
}

// worksheet makes rows of a run between two hosts.
func (f frame) worksheet(events []sim.Event) worksheet {
	var sheet worksheet
	sides := map[string]int{}
	lost := map[int]bool{}
	for _, e := range events {
		if _, known := sides[e.Host]; e.Host != "" && !known && len(sides) < 2 {
			sides[e.Host] = len(sides)
			sheet.hosts = append(sheet.hosts, f.words.Host(e.Host))
		}
		if e.Ev == sim.Lost || e.Ev == sim.Expired {
			lost[e.Seg] = true
		}
	}
	lines := f.words.Transcript(events)
	var row *sheetRow
	var at sim.Instant = -1
	for i, e := range events {
		if e.At != at || row == nil {
			row, at = nil, e.At
		}
		side, known := sides[e.Host]
		switch {
		case !known:
		case e.Ev == sim.Preset:
			sheet.begin[side] = e.State
		case e.Ev == sim.State:
			if row == nil {
				row = sheet.add(lines[i].Time)
			}
			if sheet.begin[side] == "" {
				sheet.begin[side] = e.From
			}
			row.states[side] = e.To
		case e.Ev == sim.Sent:
			if row == nil || row.sent {
				row = sheet.add(lines[i].Time)
			}
			row.sent, row.right, row.lost = true, side == 0, lost[e.Seg]
			row.words = segmentWords(e)
		}
		if len(sheet.rows) > maxSheetRows {
			sheet.rows, sheet.cut = sheet.rows[:maxSheetRows], true
			break
		}
	}
	return sheet
}

func (sheet *worksheet) add(time string) *sheetRow {
	sheet.rows = append(sheet.rows, sheetRow{time: time})
	return &sheet.rows[len(sheet.rows)-1]
}

// segmentWords is a segment as it stands beside an arrow.
func segmentWords(e sim.Event) string {
	words := fmt.Sprintf("%s seq %d", e.Flags, e.Seq)
	if strings.Contains(e.Flags, "ACK") {
		words += fmt.Sprintf(" ack %d", e.Ack)
	}
	if e.Len > 0 {
		words += fmt.Sprintf(" len %d", e.Len)
	}
	return words
}
