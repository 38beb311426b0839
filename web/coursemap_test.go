package web

import (
	"testing"

	"fourwaves/lessons"
)

// TestCourseMap: every lesson has a place of its own, right of all that it builds on, and no line runs behind a lesson that it
// has nothing to do with.
func TestCourseMap(t *testing.T) {
	library, problems := lessons.Load(lessons.Builtin)
	if problems != nil {
		t.Fatal(problems)
	}
	m := mapOf(library.Lessons("en"))
	if m == nil || len(m.stops) != 14 || len(m.lines) < 13 {
		t.Fatalf("the map is %+v", m)
	}
	places := map[[2]int]string{}
	for _, s := range m.stops {
		if other, taken := places[[2]int{s.column, s.row}]; taken {
			t.Errorf("%s stands where %s does", s.lesson.Slug, other)
		}
		places[[2]int{s.column, s.row}] = s.lesson.Slug
		if s.asks == 0 {
			t.Errorf("%s asks nothing", s.lesson.Slug)
		}
	}
	var pairs [][2]int
	for _, l := range m.lines {
		if l.from.column >= l.to.column {
			t.Errorf("%s stands not right of %s", l.to.lesson.Slug, l.from.lesson.Slug)
		}
		at := func(s stop) int { return s.lesson.Number - 1 }
		pairs = append(pairs, [2]int{at(l.from), at(l.to)})
	}
	if cost := m.cost(pairs); cost >= behind {
		t.Errorf("lines run behind lessons, or are very steep: %.0f", cost)
	}
	if m := mapOf(library.Lessons("en")[:1]); m != nil {
		t.Error("a course in which nothing builds on anything has a map")
	}
}
