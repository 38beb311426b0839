package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPredictInBrowser answers one prediction of each kind as a person would, and looks at what the page has before and after.
func TestPredictInBrowser(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 1000)
	for _, c := range []struct {
		lesson, figure, ask, kind string
		answer                    func(form string)
		says, why                 string // of the verdict; an event that shows it, if it does not lie behind the next gate
	}{
		{"four-way-close", "server-first", "who-waits", "pick", func(form string) {
			b.do(chromedp.Click(form + ` .choice:nth-of-type(1)`))
		}, "A fair guess (the client), and here is a surprise: the server. Watch why.", ""},
		{"four-way-close", "server-first", "state-at-150", "state", func(form string) {
			b.do(chromedp.Click(form + ` .choice[data-state="FIN_WAIT_2"]`))
		}, "Yes! FIN_WAIT_2.", "FIN_WAIT_2"},
		{"four-way-close", "server-first", "last-ack", "time", func(form string) {
			b.do(chromedp.Focus(form+` input`), chromedp.KeyEvent("100"))
		}, "Yes! 0.10 s.", "LAST_ACK"},
		{"lost-last-ack", "lost-twice", "next-segment", "segment", func(form string) {
			b.do(chromedp.Click(form + ` .choice:has([value="server FIN"])`))
		}, "Yes! server: FIN.", "FIN"},
		{"lost-last-ack", "lost-twice", "second-fin", "number", func(form string) {
			b.do(chromedp.Focus(form+` input`), chromedp.KeyEvent("2"))
		}, "A fair guess (2), and here is a surprise: 3. Watch why.", "FIN"},
		{"lost-last-ack", "lost-twice", "end-of-wait", "wait", func(form string) {
			// 3 s are at the top of the paper, 15 s at its bottom: drag to a little below the middle.
			b.middle(`document.querySelector('#fig-lost-twice .stage')`)
			b.until("the figure has come to the question", `document.querySelector('#fig-lost-twice .ask-slot[data-here]') !== null`)
			b.draw(`#fig-lost-twice`, 0.3, 0.3, 0.3, (36+(9.2-3)/12*(250-36-22))/250)
		}, "Yes! 9.25 s.", "TIME_WAIT"},
		{"simultaneous-close", "closing-lasts", "still", "state", func(form string) {
			b.do(chromedp.Click(form + ` .choice[data-state="CLOSING"]`))
		}, "Yes! CLOSING.", "CLOSING"},
		{"simultaneous-close", "closing-lasts", "again", "arrow", func(form string) {
			// From the server's line, at 1.05 s of 1 to 1.2 s, to the client's, at 1.1 s.
			b.middle(`document.querySelector('#fig-closing-lasts .stage')`)
			b.until("the figure has come to the question", `document.querySelector('#fig-closing-lasts .ask-slot[data-here]') !== null`)
			y := func(ms float64) float64 { return (36 + (ms-1000)/200*(250-36-22)) / 250 }
			b.draw(`#fig-closing-lasts`, 0.75, y(1050), 0.25, y(1100))
		}, "Yes! server, leaves at 1.05 s, arrives at 1.10 s.", "ACK"},
	} {
		t.Run(c.ask, func(t *testing.T) {
			if url := s.url + "/en/lessons/" + c.lesson; js[string](b, `location.href`) != url {
				b.visit(url)
			}
			fig, form := "#fig-"+c.figure, fmt.Sprintf("#fig-%s [data-ask=%q] form", c.figure, c.ask)
			b.until("the question is there", `document.querySelector('%s') !== null && document.querySelector('%s [data-ask=%q]').dataset.kind === %q`, form, fig, c.ask, c.kind)
			rows := b.rows(c.figure)
			if last := rows[len(rows)-1]; !strings.Contains(last, "the figure stops") {
				t.Errorf("the list does not end at the gate: %q", last)
			}
			if !js[bool](b, `document.querySelector('%s .controls').inert`, fig) {
				t.Error("the controls do not wait for the answer")
			}
			if told := js[[]string](b, `[...document.querySelectorAll('%s :is(.challenge, .tries), [data-sequel~="%s"]:not([data-open])')].map(e => e.innerText)`, fig, c.figure); len(told) > 0 {
				t.Errorf("the page tells before the answer: %q", told)
			}
			b.middle(`document.querySelector('` + form + `')`)
			c.answer(form)
			b.do(chromedp.Click(form + ` button[type=submit]`))
			b.until("the engine answers", `document.querySelector('%s [data-ask=%q]') === null && document.querySelector('%s .feedback .verdict') !== null`, fig, c.ask, fig)
			if said := js[string](b, `document.querySelector('%s .feedback .verdict').textContent`, fig); said != c.says {
				t.Errorf("the engine answers %q, want %q", said, c.says)
			}
			if c.why != "" {
				b.until("the reasons are told", `document.querySelector('%s .because-list')?.innerText.includes(%q)`, fig, c.why)
			}
			if js[string](b, `document.activeElement.className`) != "feedback" {
				t.Error("the focus does not go to what was answered")
			}
			b.until("the figure plays on", `document.querySelectorAll('%s [data-part=list] li').length > %d`, fig, len(rows)-1)
			if js[int](b, `JSON.parse(localStorage['fourwaves.progress'])['%s/%s %s'].length`, c.lesson, c.figure, c.ask) == 0 {
				t.Error("what was done is not kept")
			}
		})
	}
	// What was drawn can be compared with what came.
	b.until("the guess is in the picture", `document.querySelector('#fig-closing-lasts .drafted path.guessed') !== null && document.querySelector('#fig-closing-lasts .feedback').innerText.includes('your guess') && document.querySelector('.paper') === null`)
	// With the last answer comes what is told after it: here the text, the challenge and the comparisons.
	b.visit(s.url + "/en/lessons/lost-last-ack")
	const after = `document.querySelector('[data-sequel="lost-twice"]').innerText.includes('9.25 s') && document.querySelector('#fig-lost-twice .challenge-status')?.textContent.startsWith('Not there yet') && document.querySelector('#fig-lost-twice .tries button') !== null`
	b.until("what comes after the answers is there", after)
	b.until("once", `document.querySelectorAll('#fig-lost-twice .challenge').length === 1 && document.querySelectorAll('[data-sequel][data-open]').length === 0`)
	// Whoever comes back is not asked again, unless by choice.
	b.visit(s.url + "/en/lessons/four-way-close")
	b.until("the whole run is there", `[...document.querySelectorAll('#fig-server-first [data-part=list] li')].some(l => l.innerText.includes('CLOSED'))`)
	b.middle(`document.querySelector('#fig-server-first .asks > .button')`)
	b.do(chromedp.Click(`#fig-server-first .asks > .button`))
	b.until("it asks again", `document.querySelector('#fig-server-first [data-ask="who-waits"]') !== null`)
}

// TestPredictShowsOnRequest reveals without a guess, by keyboard alone, in Chinese.
func TestPredictShowsOnRequest(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 390, 844)
	b.visit(s.url + "/zh/lessons/four-way-close")
	b.until("the question is there", `document.querySelector('#fig-fin-with-data .guess-form') !== null`)
	b.do(chromedp.Focus(`#fig-fin-with-data .ask-buttons button:not([type=submit])`), chromedp.KeyEvent("\r"))
	b.until("the answer is there", `document.querySelector('#fig-fin-with-data .feedback')?.innerText.includes('111') && document.querySelector('#fig-fin-with-data .feedback').innerText.includes('答案在此')`)
	b.visit(s.url + "/en/")
	b.until("the map of the course knows", `!document.getElementById('progress').hidden && document.querySelector('#progress span').textContent.startsWith('1 of ') && [...document.querySelectorAll('.course-map .done')].filter(d => d.textContent).length === 1`)
	b.do(chromedp.Click(`#progress button`))
	b.until("and forgets", `document.getElementById('progress').hidden && [...document.querySelectorAll('.course-map .done')].every(d => !d.textContent)`)
}

// TestChallengeInBrowser solves a challenge with the page's own controls, is told at once, and finds the solution in the address.
func TestChallengeInBrowser(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 1000)
	b.visit(s.url + "/en/lessons/simultaneous-close?shown=*")
	const challenge = `document.querySelector('#fig-closing-lasts [data-challenge]')`
	b.until("the task is there", challenge+`?.querySelector('.challenge-status')?.textContent.startsWith('Not there yet')`)
	segment := fmt.Sprintf(segmentAt, "closing-lasts", "server ACK 2", 0)
	b.until("the segment is drawn", segment+` !== undefined`)
	p := b.middle(segment + `.querySelector('.fate-reach')`)
	b.do(chromedp.MouseClickXY(p.X, p.Y))
	b.until("it is solved", challenge+`.dataset.verdict === 'solved'`)
	if url := js[string](b, `decodeURIComponent(location.href).replaceAll('+', ' ')`); !strings.Contains(url, "drop server ACK#2") {
		t.Errorf("the solution is not in the address: %s", url)
	}
	if !js[bool](b, `JSON.parse(localStorage['fourwaves.progress'])['simultaneous-close/closing-lasts long'] === 'solved'`) {
		t.Error("the solution is not kept")
	}
	// The link is the solution, for anybody.
	link := js[string](b, `location.href`)
	other := browse(t, 1280, 1000)
	other.visit(link)
	other.until("the link is solved", challenge+`?.dataset.verdict === 'solved'`)
	// Another browser is shown one solution.
	third := browse(t, 1280, 1000)
	third.visit(s.url + "/en/lessons/four-way-close")
	third.until("the task is there", `document.querySelector('#fig-four-segments [data-challenge] .ask-buttons') !== null`)
	third.middle(`document.querySelector('#fig-four-segments [data-challenge] .ask-buttons button:last-child')`)
	third.do(chromedp.Click(`#fig-four-segments [data-challenge] .ask-buttons button:last-child`))
	third.until("it is solved", `document.querySelector('#fig-four-segments [data-challenge]').dataset.verdict === 'solved'`)
}

// draw draws on a figure's paper, and again if the page has moved under the hand.
func (b *tab) draw(figure string, x1, y1, x2, y2 float64) {
	b.Helper()
	said := func() string {
		return js[string](b, `[...document.querySelectorAll('%s .drawing-fields output')].map(o => o.textContent).join()`, figure)
	}
	before := said()
	for range 5 {
		b.drag(figure+` .paper`, x1, y1, x2, y2)
		if said() != before {
			return
		}
	}
	b.Fatalf("%s: nothing is drawn; the fields say %s", figure, before)
}

// drag presses at one place of an element and lets go at another, both as shares of its width and height.
func (b *tab) drag(element string, x1, y1, x2, y2 float64) {
	b.Helper()
	b.middle(`document.querySelector('` + element + `')`)
	box := js[struct{ X, Y, W, H float64 }](b, `(r => ({X: r.x, Y: r.y, W: r.width, H: r.height}))(document.querySelector(%q).getBoundingClientRect())`, element)
	at := func(share float64) (x, y float64) {
		return box.X + box.W*(x1+(x2-x1)*share), box.Y + box.H*(y1+(y2-y1)*share)
	}
	x, y := at(0)
	b.do(chromedp.MouseEvent(chromedp.MousePressed, x, y, chromedp.ButtonLeft))
	for _, share := range []float64{0.5, 1} {
		x, y = at(share)
		b.do(chromedp.MouseEvent(chromedp.MouseMoved, x, y, chromedp.ButtonLeft))
	}
	b.do(chromedp.MouseEvent(chromedp.MouseReleased, x, y, chromedp.ButtonLeft))
}
