package web

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"fourwaves/lessons"
)

// The map of the course shows what builds on what: a lesson stands in the column after the last one that it builds on, and in
// the row where the lines to those are short and run behind no other lesson.

// A courseMap is what the home page draws.
type courseMap struct {
	stops         []stop
	lines         []mapLine
	columns, rows int
}

// A stop is one lesson on the map, by column and row from 0.
type stop struct {
	lesson      *lessons.Lesson
	column, row int
	asks        int // predictions and challenges in it
}

// A mapLine leads from a lesson to one that builds on it.
type mapLine struct{ from, to stop }

// A map can hold so much and still be read; the style sheet has a place for each column and row.
const mostStops, mostColumns, mostRows = 60, 9, 7

// mapOf draws the map of a course in its order; nil if nothing in it builds on anything, or too much does.
func mapOf(course []*lessons.Lesson) *courseMap {
	m := &courseMap{}
	if len(course) > mostStops {
		return nil
	}
	place := map[string]int{}
	crowd := map[int]int{}
	for i, l := range course {
		s := stop{lesson: l}
		for _, before := range l.After {
			if at, there := place[before]; there {
				s.column = max(s.column, m.stops[at].column+1)
			}
		}
		for _, b := range l.Blocks {
			if b.Figure != nil {
				s.asks += len(b.Figure.Predictions) + len(b.Figure.Challenges)
			}
		}
		s.row = crowd[s.column]
		crowd[s.column]++
		m.columns, m.rows = max(m.columns, s.column+1), max(m.rows, crowd[s.column])
		m.stops = append(m.stops, s)
		place[l.Slug] = i
	}
	var pairs [][2]int
	for i, l := range course {
		for _, before := range l.After {
			if at, there := place[before]; there {
				pairs = append(pairs, [2]int{at, i})
			}
		}
	}
	if len(pairs) == 0 || m.columns > mostColumns || m.rows >= mostRows {
		return nil
	}
	m.rows++ // room for a line to pass
	m.arrange(pairs)
	for _, p := range pairs {
		m.lines = append(m.lines, mapLine{m.stops[p[0]], m.stops[p[1]]})
	}
	return m
}

// arrange settles the lessons from many beginnings, always the same ones, and keeps the best that comes of it.
func (m *courseMap) arrange(pairs [][2]int) {
	m.settle(pairs)
	best, cost := slices.Clone(m.stops), m.cost(pairs)
	chance := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		order := chance.Perm(m.rows)
		for i := range m.stops {
			m.stops[i].row = (order[m.stops[i].row] + m.stops[i].column*order[0]) % m.rows
		}
		if m.settle(pairs); m.cost(pairs) < cost {
			best, cost = slices.Clone(m.stops), m.cost(pairs)
		}
	}
	m.stops = best
}

// settle moves lessons up and down in their columns as long as that makes the whole better.
func (m *courseMap) settle(pairs [][2]int) {
	for better := true; better; {
		better = false
		for i := range m.stops {
			for row := range m.rows {
				before, was := m.cost(pairs), m.stops[i].row
				other := slices.IndexFunc(m.stops, func(s stop) bool { return s.column == m.stops[i].column && s.row == row })
				m.stops[i].row = row
				if other >= 0 {
					m.stops[other].row = was
				}
				if other == i || m.cost(pairs) >= before {
					if other >= 0 {
						m.stops[other].row = row
					}
					m.stops[i].row = was
					continue
				}
				better = true
			}
		}
	}
}

// behind is what a line costs that runs behind a lesson.
const behind = 100

// cost counts how steep the lines are, and how many run behind a lesson that they have nothing to do with.
func (m *courseMap) cost(pairs [][2]int) (cost float64) {
	for _, p := range pairs {
		from, to := m.stops[p[0]], m.stops[p[1]]
		cost += math.Pow(float64(to.row-from.row), 2)
		for i, s := range m.stops {
			if i != p[0] && i != p[1] && s.column >= from.column && s.column <= to.column && (mapLine{from, to}).hides(s) {
				cost += behind
			}
		}
	}
	return cost
}

// hides tells whether a line runs behind a lesson: whether one of some points of its curve lies there.
func (l mapLine) hides(s stop) bool {
	const points, half = 16, 0.45
	for i := 1; i < points; i++ {
		t := float64(i) / points
		// Of the cubic of path: its inner points are at the middle of the way, level with the ends.
		near, far := 3*t*(1-t)*(1-t), 3*t*t*(1-t)
		middle := float64(l.from.column+l.to.column) / 2
		x := float64(l.from.column)*(1-t)*(1-t)*(1-t) + middle*(near+far) + float64(l.to.column)*t*t*t
		y := float64(l.from.row)*((1-t)*(1-t)*(1-t)+near) + float64(l.to.row)*(far+t*t*t)
		if math.Abs(x-float64(s.column)) < half && math.Abs(y-float64(s.row)) < half {
			return true
		}
	}
	return false
}

// path is the line in hundredths of a cell, from the right of one stop to the left of the other.
func (l mapLine) path() string {
	x0, y0 := l.from.column*100+50, l.from.row*100+50
	x1, y1 := l.to.column*100+50, l.to.row*100+50
	middle := (x0 + x1) / 2
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x0, y0, middle, y0, middle, y1, x1, y1)
}
