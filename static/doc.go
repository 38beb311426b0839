// Package static holds what the browser gets: the modules, the styles and the words.
//
// There is no build step: what is written here is what is served, but for comments and spaces, which the server leaves out, and for
// what lies in css/ and in js/ itself, which it puts into one style sheet and one module, js/main.js: a page shows nothing before it
// has the one, and no figure before it has the other. What lies in their folders stays apart and imports from that module.
// The names are made cacheable by the server, which serves this tree under a hash of its content.
//
// Decision, 2026-11-27: one module and not eighteen. A browser asks a plain server for six files at a time, so eighteen were
// three round trips, and they came in the way of the style sheet; together they are also a quarter smaller (web/assets.go).
//
// What lies in js/ and css/ is what a page begins with, and pages ask for all of it at once. What lies in their folders is
// loaded when somebody needs it: js/edits/ at the first sign that somebody will touch a figure, js/panels/ when a panel is
// opened, js/asks/ with a figure that asks something; what lies in pages/ belongs to the one page of that name. A web test
// weighs what a page begins with and holds it to 40 kB. The tour of those modules is
// here, and a module's head says only what it is.
//
// # How to read js/
//
//	main.js       the page: its figures, its connection, its address
//	session.js    the wire
//	figure.js     one figure: where the parts meet; knows no TCP. What only edits and speech need comes when
//	              somebody touches it, or when a second run follows the first
//	fold.js       the world at one instant
//	marks.js      events to things that are drawn
//	timescale.js  time to height
//	layout.js     where every mark goes
//	sheet.js      marks as SVG
//	ladder.js     the diagram on the page, and what moves in it
//	player.js     the playhead
//	transport.js  its buttons, the scrubber, the strip of the whole run
//	controls.js   sliders and buttons, which make lines of the notation
//	panels.js     the tabs beside the ladder
//	keys.js       the keyboard; settings.js what a person has set
//	voice.js      every word, in the page's language; units.js numbers and names
//	svg.js        the verbs that make elements
//
// # The page and the wire
//
// The address is what the figures show: ?lost-ack=drop client ACK#1&v=1 is a figure's log, line by line, so Back is undo and a copied
// address is the same run. A line that begins with # is an edit that is switched off: listed, and not in the run. A page
// without JavaScript shows the same run as a list.
//
// The server holds nothing that the page could not say again: a figure is its scenario and a log of lines, and the page has the log.
// So there is one message for a first load, a reconnect, an undo and a reset: open, with a log. Everything the server
// sends is a splice, "keep your first events, then these", and spliced is the whole of what the page does with it.
//
// Requests of one figure go one at a time, because a control names the revision that it edits. While one is on its way the
// next waits in a queue; the lines of a slider that is being dragged replace each other there, so a drag can never run ahead of
// the server. An open that takes something back (undo, a chip's ×) is a function of the log and is asked only when its turn
// comes, so it never takes back what was on its way with it. A request leaves the queue only when it has been answered; one
// that was on its way when the connection broke is sent again after the next open. Every batch is acknowledged with a
// credit; the server sends at most four ahead.
//
// # The world and its marks
//
// stateAt(events, t) is what makes stepping back exact and scrubbing free: nobody keeps "the current state" and nobody undoes
// anything. It knows no TCP; a state is whatever the last state event said, a timer is armed because an event said so.
// Scrubbing asks for any t in any order, so every STRIDE events the world is put aside. The store hangs on the identity of
// the list: a splice makes a new list and so, without any call, a new store.
//
// A run is a list of facts; a picture is made of things that last. A band is a state from its beginning to its end, an arrow a
// segment from its sending to its end, a bracket a timer from its start to whatever stops it, a note what is written
// beside a lifeline. marks.js pairs the events up; it knows the names of events and fields, and every mark is in virtual time.
//
// A segment travels at the pace that its link had when it was sent. If it takes longer than that (the network held it, or it
// is the late copy of a duplicate), it spends the rest of its time waiting half way. So a held segment is drawn as what
// happens to it, slope, wait, slope, and a long wait goes straight down through a folded silence. A lost segment's path
// leads on to where it would have landed.
//
// # Time
//
// One monotone map serves the axis, the scrubber and playback, so that "further down" and "later" never disagree and a
// playhead that moves at constant pixels per second passes an exchange slowly and a minute of silence quickly.
//
//  1. While something happens, time is linear, so that slopes are true and a crossing is a crossing. The ruler is the
//     network's own: one crossing is CROSSING pixels at 50 ms, and grows slower than the delay does, so that a slow network
//     looks steep and a fast one still has room for its labels. A link event with a new delay changes the ruler from there.
//  2. A silence is drawn true for its first round trip; from there its height grows with the logarithm of the silence so
//     far, leaving the true slope without a corner. Ten times the silence is DECADE more pixels: 60 s and 240 s differ and
//     both fit a screen.
//  3. The map is built from left to right and looks only back. The height at t depends on the events before t, so a splice
//     cannot move anything that was drawn before the cut.
//
// Decision, 2026-11-22: a silence begins to shrink after its first round trip, not after three. Whether it will last three is
// not known while it lasts (rule 3), so every silence would keep three full round trips of empty page, half a screen. After
// one round trip every answer that could come has come. The zigzag is drawn only where the page is shortened by an amount
// worth telling (SHOWN).
//
// Decision, 2026-11-27: a round trip of 100 ms is two crossings, 120 pixels and not 160, so that what can be seen of the ladder
// on a phone holds more than two of them. An instant is a dotted rule from its time across the lifelines, and no grey band.
//
// The playhead is a virtual time t. A frame is given to the view as (shown, t): t is where the run is, shown is where the
// picture is, which after a step glides there for a moment so that the eye can follow. Nothing that is read or heard waits for
// the glide. A frame that comes late moves further, one that comes more than half a second late (the tab slept) moves not
// at all. The loop runs only while something moves and the figure is on screen. Who asked for reduced motion gets the same
// run without travel: Play steps from instant to instant.
//
// # The picture
//
// It is a pure function of the marks and the playhead, drawn in two strokes. show draws the whole run once per splice. frame
// then only moves things: the run is already known, so playing is uncovering. The sheet is a stack of layers, from the bottom:
//
//	past      the run in full colour
//	future    the same run, pale and dotted, on an opaque ground, in a box that slides down with the playhead
//	ghost     the run before the last edit, where it differs
//	line      the playhead
//	texts     every word of it, pale until its instant comes, so that the line never cuts one
//	pills     the segments that are in the network now
//	hits      invisible, wide: what a finger, a mouse or the keyboard takes hold of
//
// Time runs down and a segment's height is its time, so the lower edge of the past cuts every arrow exactly where its
// segment is: the solid line behind it and the dots ahead of it cost nothing to draw. A frame writes transforms and reads
// nothing, so the browser never lays out the page in between. One drawing serves as past and as future, so it holds no ids.
//
// The sheet scrolls inside a frame of fixed height, so nothing on the page moves when a run changes its length. The playhead
// is kept at FOLLOW of the height until the reader scrolls; a button brings it back.
//
// layout.js has the same discipline as the time axis: it looks only back. Marks are placed in the order in which they happen, and
// what has been placed never moves for what comes later. Beside each lifeline runs a column of notes; one that would
// cover the one above is pushed down and gets a leader line, one that is too long for its room is broken in two. An arrow's label lies on
// the arrow, a third of the way from its sender, so that the labels of two crossing segments miss each other. Where that place is taken the next best is tried,
// then a shorter text, and at last the label is left out: the pill and the list still name the segment. Under 480 px the
// state is written along the band, and labels are the flags alone; connections side by side have bands wide enough for it, up to four.
// Two lifelines stand there at 18 % and 82 % of the width, unless the first host's timers want more room beside the times.
//
// What a segment is can be read three ways at once: the words on its label, the shape of its head (a FIN's is solid, an
// ACK's is open, a SYN's has a bar before it, data's is double, a RST's is a bar) and its colour.
// Where a sentence names a state, a kind of segment or a loss, the word looks like the mark: a piece of the band, the pill, the
// cross (panels/named.js). The styles do that, so the sentence stays one sentence for whoever listens, selects or searches.
//
// # Very many connections
//
// A load is told by counters, and panels/fleet.js draws them in the ladder's place: areas of states over true time, which is
// what counts are about, and a cell for each local port. It is the same playhead, moved by the same transport, whose axis is
// the ladder's: the few connections that are told event by event take their time, and each counting is a step. The ladder
// lies below, out of reach until the switch uncovers it.
//
// # Around it
//
// The scrubber is linear in the height of the page, because it is the same axis turned on its side: a tick here is a tick
// there. Under it lies the strip, which is linear in time: the exchange is a hairline and TIME_WAIT the rest. The scrubber
// is a slider in the sense of ARIA, and its value is said as a time, an event and the states of all ends. What is sent is a
// tick above its rail, what arrives one below; a diamond is a change of state, a cross a loss, and Page Up, Page Down and a
// button go from one of these to the next. Only a small dot is what concerns one end alone.
//
// A panel is a view of the scene: what has happened, where the playhead is, what is selected. It is drawn again when the scene
// changes, from step to step; only what counts down is touched between steps. On narrow pages the panel is a caption of
// fixed height below the ladder, and grows over it as a sheet.
//
// Nothing is taken away from a control that has the focus: a button has its own Space, a slider and a list of tabs their own
// arrows, Home and End. A slider has no use for Space, and the page would scroll by it, so there it plays. Single letters
// can be switched off (WCAG 2.1.4), and none of them acts with Alt, Ctrl or Meta.
//
// Values reach the page as text nodes and attributes, never as markup, and positions through the CSSOM, because the
// Content-Security-Policy allows no style attribute.
//
// What is said aloud of a step is full where its like is heard for the first time and short from then on (the brief.* of the
// catalogues), because a listener cannot skim. How long, and which parts of it, is set on the help sheet.
//
// # The words
//
// They are shared: package lessons reads words/*.json for the page without JavaScript, the browser reads the same files,
// and test/fixtures/say-fixtures.json is checked by both, so the two can only ever say the same sentence.
package static
