// Package ladder writes a run as text that people read: two lifelines with arrows between them for a terminal and for a page
// without a script, and a sequenceDiagram for Mermaid.
//
//	ladder.Write(w, words, events, ladder.Style{Width: 80})   // words is one language of lessons.LoadWords
//	ladder.Mermaid(w, words, events)
//
// The events are a whole run's, from its beginning; a run that stops early is drawn as far as it goes.
//
// The tour: text.go decides what stands on which row, canvas.go is the grid of characters under it, mermaid.go is the other
// format. A row is an instant, and time only ever goes down: an arrow leaves its sender on one row and reaches its receiver on
// a later one, and between the two it falls along a column of its own, its lane. So arrows that cross in the network cross on
// the screen. A long silence is one row that says how long it was.
//
// Words are few on purpose. States, flags, calls and errors are called the same in every language, and the rest comes from
// the catalogues (ui.ladder).
package ladder
