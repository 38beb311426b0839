package browser_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The tests of this file use the product: they start the real program, open its pages in a real Chromium, and look at what a
// person would see. A machine without Chromium fails them; nothing is skipped.

var (
	screenshots = flag.String("screenshots", "", "write pictures of every lesson and every figure into this folder")
	pages       = flag.String("pages", "", "only of pages whose address matches this")
)

// program is the binary under test, built once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fourwaves-test-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "fourwaves")
	out, err := exec.Command("go", "build", "-o", bin, "fourwaves/cmd/fourwaves").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// served is one run of the program.
type served struct {
	url string
	cmd *exec.Cmd
}

// serve starts the program and waits until it answers.
func serve(t testing.TB, listen string, flags ...string) *served {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	if listen == "" {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listen = free.Addr().String()
		free.Close()
	}
	s := &served{url: "http://" + listen, cmd: exec.Command(bin, append([]string{"serve", "--listen", listen}, flags...)...)}
	log := &bytes.Buffer{}
	s.cmd.Stderr = log
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the program's log:\n%s", log)
		}
	})
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	for range 200 {
		if r, err := http.Get(s.url + "/healthz"); err == nil {
			r.Body.Close()
			return s
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("the program does not answer")
	return nil
}

// kill ends the program without a goodbye.
func (s *served) kill() {
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
	}
}

// tab is one page in a browser of its own.
type tab struct {
	testing.TB
	ctx context.Context
}

func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{os.Getenv("FOURWAVES_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil && name != "" {
			return path
		}
	}
	t.Fatal("no Chromium: install it (apt-get install chromium) or set FOURWAVES_CHROMIUM")
	return ""
}

// browse opens a browser with a window of that size. A test fails when a script of the page does, whatever else it looks at.
func browse(t testing.TB, width, height int64) *tab {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox,
		chromedp.Flag("lang", "en-US"), chromedp.Flag("accept-lang", "en-US"), chromedp.Flag("hide-scrollbars", true))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, close := chromedp.NewContext(alloc)
	t.Cleanup(close)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("no browser: %v", err)
	}
	limit := 5 * time.Minute
	if *screenshots != "" {
		limit = time.Hour
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	t.Cleanup(cancel)
	err := chromedp.Listen(ctx, func(event any) {
		if thrown, ok := event.(*runtime.EventExceptionThrown); ok {
			failed := thrown.ExceptionDetails
			if failed.Exception != nil {
				failed.Text = failed.Exception.Description
			}
			t.Errorf("a script failed: %s (%s:%d:%d)", failed.Text, failed.URL, failed.LineNumber+1, failed.ColumnNumber+1)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{t, ctx}
	b.do(chromedp.EmulateViewport(width, height))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// get runs an action for its value.
func get[T any](b *tab, action chromedp.Action[T]) T {
	b.Helper()
	value, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.Fatal(err)
	}
	return value
}

// media sets what the page may ask of the person's settings, or without a feature what it is shown on.
func (b *tab) media(feature, value string) {
	b.Helper()
	params := emulation.SetEmulatedMediaParams{Media: value}
	if feature != "" {
		params = emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: feature, Value: value}}}
	}
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, params)
	if err != nil {
		b.Fatal(err)
	}
}

// before runs a script on every page before the page's own.
func (b *tab) before(script string) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	if err != nil {
		b.Fatal(err)
	}
}

// js evaluates an expression and gives its value back as JSON would have it.
func js[T any](b *tab, expression string, args ...any) T {
	b.Helper()
	if len(args) > 0 {
		expression = fmt.Sprintf(expression, args...)
	}
	return get(b, chromedp.Evaluate[T](expression))
}

// until waits for an expression to be true.
func (b *tab) until(what, expression string, args ...any) {
	b.Helper()
	if len(args) > 0 {
		expression = fmt.Sprintf(expression, args...)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression)); err == nil && ok {
			return
		}
	}
	b.Fatalf("waited in vain until %s\nlist: %v\nstatus: %v", what,
		js[[]string](b, `[...document.querySelectorAll('figure')].slice(0,1).flatMap(f => [...f.querySelectorAll('[data-part=list] li')].map(l => l.innerText.replace(/\s+/g,' ')))`),
		js[[]string](b, `[...document.querySelectorAll('.status, .notice')].map(p => p.textContent)`))
}

// visit opens a page and waits until its figures hold their whole runs. They do so when they come near the window, or when there
// is a sign of somebody who may want to get anywhere on the page, such as a key.
func (b *tab) visit(url string) {
	b.Helper()
	b.do(chromedp.Navigate(url))
	b.until("all figures of "+url+" are there", `dispatchEvent(new Event('keydown')) && document.querySelectorAll('figure[data-figure]').length > 0 && [...document.querySelectorAll('figure[data-figure]')].every(f => f.dataset.end === 'true' && f.querySelector('.hits > *'))`)
}

// settled waits until a figure holds the whole of a run other than that of rev.
func (b *tab) settled(figure string, rev string) {
	b.Helper()
	b.until("the new run is there", `(f => f.dataset.rev !== %q && f.dataset.end === 'true' && f.querySelector('.hits > *') !== null)(document.getElementById('fig-%s'))`, rev, figure)
}

func (b *tab) rev(figure string) string {
	return js[string](b, `document.getElementById('fig-%s').dataset.rev`, figure)
}

// rows is the list under a figure: what a person without the picture reads.
func (b *tab) rows(figure string) []string {
	return js[[]string](b, `[...document.querySelectorAll('#fig-%s [data-part=list] li')].map(l => l.innerText.replace(/\s+/g, ' ').trim())`, figure)
}

// chips are the states in the heads of the lifelines, client and server.
func (b *tab) chips(figure string) []string {
	return js[[]string](b, `[...document.querySelectorAll('#fig-%s .ladder-head .chip')].map(c => c.textContent)`, figure)
}

func (b *tab) clock(figure string) string {
	return js[string](b, `document.querySelector('#fig-%s .scrub-clock').textContent`, figure)
}

// count says how many rows of the list are a sending of that kind by that host.
func (b *tab) count(figure, host, kind string) int {
	events := js[[]string](b, `[...document.querySelectorAll('#fig-%s [data-part=list] li[data-ev=sent]')].filter(l => l.querySelector('.who').dataset.host === %q).map(l => l.innerText)`, figure, host)
	n := 0
	for _, row := range events {
		if strings.Contains(row, kind) {
			n++
		}
	}
	return n
}

// segment finds the n-th segment of the ladder, from 1, whose accessible name begins so.
const segmentAt = `[...document.querySelectorAll('#fig-%s .seg')].filter(s => s.getAttribute('aria-label').startsWith(%q))[%d]`

type point struct{ X, Y float64 }

// middle scrolls an element into view, lets the page come to rest, and gives the middle of the element. At rest is a place
// that a dozen frames in a row have left alone; a busy machine takes as long for them as it needs.
func (b *tab) middle(element string) point {
	b.Helper()
	return get(b, chromedp.Evaluate[point](fmt.Sprintf(`(async e => {
		e.scrollIntoView({block: 'center', behavior: 'instant'});
		let r = e.getBoundingClientRect();
		for (let calm = 0, frames = 0; calm < 12 && frames < 600; frames++) {
			await new Promise(requestAnimationFrame);
			const now = e.getBoundingClientRect();
			calm = now.x === r.x && now.y === r.y && now.width === r.width && now.height === r.height ? calm + 1 : 0;
			r = now;
		}
		return {X: r.x + r.width / 2, Y: r.y + r.height / 2};
	})(%s)`, element), chromedp.EvalAwaitPromise))
}

// TestPlay plays a figure to its end and reads the states off the page as they come.
func TestPlay(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.visit(s.url + "/en/lessons/four-way-close")
	b.do(chromedp.ScrollIntoView(`#fig-four-segments .stage`))
	js[bool](b, `(() => {
		const head = document.querySelector('#fig-four-segments .ladder-head');
		window.seen = {client: [], server: [], frame: 0};
		const count = () => (window.seen.frame++, requestAnimationFrame(count));
		count();
		const pills = document.querySelector('#fig-four-segments .pills');
		new MutationObserver(() => { if (pills.querySelector('.pulse')) window.seen.landed ??= window.seen.frame; }).observe(pills, {childList: true});
		const look = () => [...head.querySelectorAll('.host')].forEach((h, i) => {
			const list = window.seen[['client', 'server'][i]], state = h.querySelector('.chip').textContent;
			if (list.at(-1) !== state) list.push(state);
			if (state === 'CLOSE_WAIT') window.seen.told ??= window.seen.frame;
		});
		look();
		new MutationObserver(look).observe(head, {subtree: true, childList: true, characterData: true, attributes: true});
		return true;
	})()`)
	b.do(chromedp.Click(`#fig-four-segments .key.speed`), chromedp.Click(`#fig-four-segments .key.play`))
	b.until("the figure is played", `document.querySelector('#fig-four-segments .scrub').getAttribute('aria-valuenow') === document.querySelector('#fig-four-segments .scrub').getAttribute('aria-valuemax')`)
	for host, want := range map[string]string{
		"client": "ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED",
		"server": "ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED",
	} {
		if got := strings.Join(js[[]string](b, `window.seen.%s`, host), " "); got != want {
			t.Errorf("the %s was shown in %s, not %s", host, got, want)
		}
	}
	if !js[bool](b, `window.seen.landed < window.seen.told`) {
		t.Errorf("the server's state does not wait for the ring of the FIN: %s", js[string](b, `JSON.stringify(window.seen)`))
	}
}

// TestTables holds the pages to the course's tables: at each instant that a figure's own expectations name, the head of the
// lifeline shows the state, in both languages.
func TestTables(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	for _, c := range []struct {
		lesson, figure string
		states         string // host, state, row's time
	}{
		{"four-way-close", "four-segments", "client FIN_WAIT_1 0 s, client FIN_WAIT_2 0.1 s, client TIME_WAIT 0.25 s, client CLOSED 4.25 s, server CLOSE_WAIT 0.05 s, server LAST_ACK 0.2 s, server CLOSED 0.3 s"},
		{"four-way-close", "server-first", "server FIN_WAIT_1 0 s, server FIN_WAIT_2 0.1 s, server TIME_WAIT 0.25 s, server CLOSED 4.25 s, client CLOSE_WAIT 0.05 s, client LAST_ACK 0.2 s, client CLOSED 0.3 s"},
		{"simultaneous-close", "crossing", "client CLOSING 0.05 s, server CLOSING 0.05 s, client TIME_WAIT 0.1 s, server TIME_WAIT 0.1 s, client CLOSED 4.1 s, server CLOSED 4.1 s"},
		{"simultaneous-close", "nearly", "client CLOSING 0.08 s, server CLOSING 0.05 s, client TIME_WAIT 0.1 s, server TIME_WAIT 0.13 s"},
		{"simultaneous-close", "closing-lasts", "client CLOSING 0.05 s, client TIME_WAIT 1.1 s, client CLOSED 5.1 s, server CLOSED 5.05 s"},
		{"lost-last-ack", "lost-ack", "client TIME_WAIT 0.25 s, server LAST_ACK 0.2 s, server CLOSED 1.3 s, client CLOSED 7.25 s"},
		{"lost-last-ack", "no-time-wait", "client CLOSED 0.25 s, server CLOSED 1.3 s"},
		{"lost-last-ack", "lost-twice", "server CLOSED 3.3 s, client CLOSED 9.25 s"},
	} {
		for _, lang := range []string{"en", "zh"} {
			url := s.url + "/" + lang + "/lessons/" + c.lesson + "?shown=*"
			if !strings.HasPrefix(js[string](b, `location.href`), url) {
				b.visit(url)
			}
			// A figure off the screen rests.
			b.middle(`document.querySelector('#fig-` + c.figure + ` .stage')`)
			for _, want := range strings.Split(c.states, ", ") {
				f := strings.SplitN(want, " ", 3)
				shown := js[[]string](b, `(f => {
					const row = [...f.querySelectorAll('[data-part=list] li[data-ev=state]')].find(l => l.querySelector('time').textContent.replace(/(\.\d*?)0+ /, '$1 ').replace('. ', ' ') === %q && l.querySelector('.who').dataset.host === %q && l.innerText.includes(%q));
					if (!row) return ['no such row'];
					row.click();
					return null;
				})(document.getElementById('fig-%s'))`, f[2], f[0], f[1], c.figure)
				if shown != nil {
					t.Errorf("%s %s: no row says that the %s is %s at %s", lang, c.figure, f[0], f[1], f[2])
					continue
				}
				i := slices.Index([]string{"client", "server"}, f[0])
				b.until(fmt.Sprintf("%s %s: the head shows %s at %s", c.figure, f[0], f[1], f[2]), `document.querySelectorAll('#fig-%s .ladder-head .chip')[%d].textContent === %q`, c.figure, i, f[1])
			}
		}
	}
}

// TestDropTheLastACK loses the client's ACK by click and by keyboard, and sees the FIN again.
func TestDropTheLastACK(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	const figure = "four-segments"
	ack := fmt.Sprintf(segmentAt, figure, "client", 1)
	ways := map[string]func(b *tab){
		"by a click on the segment's button": func(b *tab) {
			p := b.middle(ack + `.querySelector('.fate-reach')`)
			b.do(chromedp.MouseClickXY(p.X, p.Y))
		},
		"by selecting it and the button of its card": func(b *tab) {
			p := b.middle(ack + `.querySelector('.grip-label')`)
			b.do(chromedp.MouseClickXY(p.X, p.Y), chromedp.Click(`#fig-four-segments .popover .choice.drop`))
		},
		"by keyboard": func(b *tab) {
			js[bool](b, `(document.querySelector('#fig-four-segments .seg[tabindex="0"]').focus(), true)`)
			b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
		},
		"by the letter D": func(b *tab) {
			js[bool](b, `(document.querySelector('#fig-four-segments .seg[tabindex="0"]').focus(), true)`)
			b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent("d"))
		},
	}
	for name, lose := range ways {
		t.Run(name, func(t *testing.T) {
			b := browse(t, 1280, 900)
			b.visit(s.url + "/en/lessons/four-way-close")
			if n := b.count(figure, "server", "FIN,ACK"); n != 1 {
				t.Fatalf("the server sends %d FINs before anything is lost", n)
			}
			rev := b.rev(figure)
			lose(b)
			b.settled(figure, rev)
			if n := b.count(figure, "server", "FIN,ACK"); n != 2 {
				t.Errorf("the server sends %d FINs after its ACK was lost:\n%s", n, strings.Join(b.rows(figure), "\n"))
			}
			if last := b.rows(figure); !strings.Contains(strings.Join(last, "\n"), "5.25") {
				t.Errorf("TIME_WAIT does not start over:\n%s", strings.Join(last, "\n"))
			}
			if query := js[string](b, `decodeURIComponent(location.search)`); !strings.Contains(query, "drop+client+ACK#1") {
				t.Errorf("the address says %s", query)
			}
		})
	}
}

// TestDragMSL drags a slider and sees TIME_WAIT end elsewhere; one drag is one step of history.
func TestDragMSL(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.visit(s.url + "/en/lessons/lost-last-ack")
	const figure = "lost-ack"
	rev, history := b.rev(figure), js[int](b, `history.length`)
	slider := `document.querySelectorAll('#fig-lost-ack .knob input')[2]`
	b.middle(slider)
	box := js[struct{ X, Y, W float64 }](b, `(r => ({X: r.x, Y: r.y + r.height / 2, W: r.width}))(%s.getBoundingClientRect())`, slider)
	from := box.X + box.W*0.27
	b.do(chromedp.MouseEvent(chromedp.MousePressed, from, box.Y, chromedp.ButtonLeft))
	for i := range 10 {
		b.do(chromedp.MouseEvent(chromedp.MouseMoved, from+float64(i+1)*box.W*0.05, box.Y, chromedp.ButtonLeft))
	}
	b.do(chromedp.MouseEvent(chromedp.MouseReleased, from+box.W*0.5, box.Y, chromedp.ButtonLeft))
	b.settled(figure, rev)
	b.until("the address has the MSL", `location.search.includes('msl')`)
	msl := js[float64](b, slider+`.valueAsNumber / 1e6`)
	if msl < 6 || msl > 9 {
		t.Fatalf("the slider was dragged to %v s", msl)
	}
	want := fmt.Sprintf("%.2f", 1.25+2*msl)
	if rows := strings.Join(b.rows(figure), "\n"); !strings.Contains(strings.ReplaceAll(rows, "0 s", " s"), strings.TrimRight(want, "0")) {
		t.Errorf("with an MSL of %v s TIME_WAIT should end at %s s:\n%s", msl, want, rows)
	}
	if now := js[int](b, `history.length`); now != history+1 {
		t.Errorf("one drag made %d steps of history", now-history)
	}
}

// TestSteps: a step is all events of one instant, back is its exact inverse, and the ends are reached by key.
func TestSteps(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.visit(s.url + "/en/lessons/four-way-close")
	const figure = "four-segments"
	state := func() string {
		return b.clock(figure) + " " + strings.Join(b.chips(figure), " ") + " " +
			js[string](b, `document.querySelector('#fig-four-segments .scrub').getAttribute('aria-valuenow')`)
	}
	now := func() string {
		return js[string](b, `document.querySelector('#fig-four-segments .scrub').getAttribute('aria-valuenow')`)
	}
	// The words follow the step at once, whatever the picture still glides through.
	moved := func(what, expression string, args ...any) {
		t.Helper()
		b.until(what, `(now => `+expression+`)(document.querySelector('#fig-four-segments .scrub').getAttribute('aria-valuenow'))`, args...)
	}
	var forward []string
	for range 7 {
		forward = append(forward, state())
		before := now()
		b.do(chromedp.Click(`#fig-four-segments .key.step`))
		moved("a step moves", `now !== %q`, before)
	}
	for i := len(forward) - 1; i >= 0; i-- {
		before := now()
		b.do(chromedp.Click(`#fig-four-segments .key.back`))
		moved("a step back moves", `now !== %q`, before)
		if got := state(); got != forward[i] {
			t.Errorf("back from step %d shows %q, before it was %q", i+1, got, forward[i])
		}
	}
	js[bool](b, `(document.querySelector('#fig-four-segments .scrub').focus(), true)`)
	b.do(chromedp.KeyEvent(kb.End))
	b.until("End shows both ends closed", `[...document.querySelectorAll('#fig-four-segments .ladder-head .chip')].every(c => c.textContent === 'CLOSED')`)
	b.do(chromedp.KeyEvent(kb.Home))
	b.until("Home shows both ends established", `[...document.querySelectorAll('#fig-four-segments .ladder-head .chip')].every(c => c.textContent === 'ESTABLISHED')`)
}

// tabTo presses Tab until the focus is where the expression of the element `on` says.
func (b *tab) tabTo(what, expression string) {
	b.Helper()
	for range 160 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if js[bool](b, `(on => !!(%s))(document.activeElement)`, expression) {
			return
		}
	}
	b.Fatalf("Tab never comes to %s", what)
}

// focused says what has the focus.
func (b *tab) focused() string {
	return js[string](b, `(e => e.closest('.seg') ? e.getAttribute('aria-label').split(':')[0] : e.matches('button') ? (e.getAttribute('aria-label') || e.textContent) : e.className || e.tagName)(document.activeElement)`)
}

// TestKeyboardKeepsItsPlace: whoever works with Tab and Enter is never thrown back to the top of the page.
func TestKeyboardKeepsItsPlace(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	const figure = "four-segments"
	press := func(key, what, want string) {
		t.Helper()
		rev := b.rev(figure)
		b.do(chromedp.KeyEvent(key))
		b.settled(figure, rev)
		if got := b.focused(); got != want {
			t.Errorf("after %s the focus is on %q, not on %q", what, got, want)
		}
	}
	b.visit(s.url + "/en/lessons/four-way-close")
	b.tabTo("a segment", `on.closest('#fig-four-segments .seg')`)
	press(kb.Enter, "Enter on a segment", "client FIN 1")
	press("d", "D on it", "client FIN 1")
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Escape))
	if got := b.focused(); got != "server ACK 1" {
		t.Errorf("after Escape the focus is on %q", got)
	}
	press("d", "D after Escape", "server ACK 1")
	b.do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.ArrowDown))
	b.tabTo("the choices of its card", `on.matches('.popover .choice')`)
	b.do(chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent(kb.ArrowRight))
	press(kb.Enter, "Enter in its card", "server ACK 1")
	b.do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.ArrowDown))
	b.tabTo("the × of its card", `on.matches('.popover .popover-shut')`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until("the card is closed", `document.querySelector('#fig-four-segments .popover').hidden`)
	if got := b.focused(); got != "server ACK 1" {
		t.Errorf("after the card's × the focus is on %q", got)
	}

	edited := s.url + "/en/lessons/four-way-close?four-segments=" + url.QueryEscape("msl 1s;drop client ACK#1")
	b.visit(edited)
	b.tabTo("an edit's ×", `on.matches('#fig-four-segments .edit-remove')`)
	press(kb.Enter, "taking back an edit", "Take back: client ACK 1 lost")
	press(kb.Enter, "taking back the last edit", "scrub")
	b.visit(edited)
	b.tabTo("Undo", `on.closest('#fig-four-segments') && on.textContent === 'Undo'`)
	press(kb.Enter, "Undo", "Undo")
	press(kb.Enter, "the last Undo", "Undo")
	if !js[bool](b, `document.activeElement.ariaDisabled === 'true'`) {
		t.Error("Undo with nothing to undo does not say so")
	}
	b.visit(edited)
	b.tabTo("Reset", `on.closest('#fig-four-segments') && on.textContent === 'Reset'`)
	press(kb.Enter, "Reset", "Reset")
	rev := b.rev(figure)
	b.do(chromedp.KeyEvent(kb.Enter))
	time.Sleep(200 * time.Millisecond)
	if b.rev(figure) != rev {
		t.Error("Reset with nothing to reset does something")
	}
}

// TestSpace plays and pauses from everything that is no button, and never scrolls the page.
func TestSpace(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 700)
	b.visit(s.url + "/en/lessons/four-way-close")
	js[string](b, `document.documentElement.style.scrollBehavior = 'auto'`) // Tab scrolls, and otherwise takes its time
	for _, place := range []string{".knob input", ".scrub"} {
		b.tabTo(place, `on.matches('#fig-four-segments `+place+`')`)
		y := js[float64](b, `scrollY`)
		for _, want := range []string{"pause", "play"} {
			// In one event, as a keyboard does it: of three, the browser scrolls at the second.
			space := kb.Encode(' ')
			space[0].Text, space[0].UnmodifiedText = " ", " "
			for _, event := range []*input.DispatchKeyEventParams{space[0], space[len(space)-1]} {
				if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, *event); err != nil {
					t.Fatal(err)
				}
			}
			b.until("Space on "+place+" plays and pauses", `document.querySelector('#fig-four-segments .key.play').dataset.state === %q`, want)
		}
		time.Sleep(200 * time.Millisecond)
		if now := js[float64](b, `scrollY`); now != y {
			t.Errorf("Space on %s scrolls the page from %v to %v", place, y, now)
		}
	}
}

// TestInstantsOfEdits: the address holds whole milliseconds, and what is done before anything happens has no time at all.
func TestInstantsOfEdits(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	const figure = "four-segments"
	b.visit(s.url + "/en/lessons/four-way-close")
	rev := b.rev(figure)
	b.tabTo("a segment", `on.closest('#fig-four-segments .seg')`)
	b.do(chromedp.KeyEvent("d"))
	b.settled(figure, rev)
	if query := js[string](b, `decodeURIComponent(location.search)`); !strings.Contains(query, "=drop+client+FIN#1&") {
		t.Errorf("a segment is lost before the start, and the address says %s", query)
	}
	b.visit(s.url + "/en/lessons/four-way-close")
	p := b.middle(`document.querySelector('#fig-four-segments .scrub')`)
	b.do(chromedp.MouseClickXY(p.X-101, p.Y))
	rev = b.rev(figure)
	b.do(chromedp.Click(`//figure[@id="fig-four-segments"]//button[normalize-space()="Close server now"]`))
	b.settled(figure, rev)
	query := js[string](b, `decodeURIComponent(location.search)`)
	at := regexp.MustCompile(`=at\+([0-9]+)ms\+server\+close&`).FindStringSubmatch(query)
	if at == nil {
		t.Fatalf("the address says %s", query)
	}
	ms, _ := strconv.Atoi(at[1])
	if want := fmt.Sprintf("%.3f s", float64(ms)/1000); b.clock(figure) != want {
		t.Errorf("the edit is at %s ms, the playhead at %s", at[1], b.clock(figure))
	}
}

// TestEditIsTold: an edit that changes only the way and not the ends is not called nothing.
func TestEditIsTold(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.visit(s.url + "/en/lessons/four-way-close")
	p := b.middle(fmt.Sprintf(segmentAt, "four-segments", "server", 0) + `.querySelector('.fate-reach')`)
	b.do(chromedp.MouseClickXY(p.X, p.Y))
	b.until("the page says what has changed", `document.querySelector('#fig-four-segments .notice').textContent === 'client skips FIN_WAIT_2'`)
}

// TestPhone: on a small screen every edit and what takes it back can be seen and touched.
func TestPhone(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	for _, lang := range []string{"en", "zh"} {
		b := browse(t, 390, 844)
		b.visit(s.url + "/" + lang + "/lessons/four-way-close?four-segments=" + url.QueryEscape("msl 1s;drop client ACK#1;at 120ms link client delay 40ms;at 4200ms server send 10"))
		b.until("the edits are listed", `document.querySelectorAll('#fig-four-segments .edit').length === 4`)
		b.middle(`document.querySelector('#fig-four-segments .edits')`)
		bad := js[[]string](b, `(edits => {
			const bad = [], chips = [...edits.querySelectorAll('.edit')];
			const check = (chip) => {
				const x = chip.querySelector('.edit-remove'), r = x.getBoundingClientRect(), c = chip.getBoundingClientRect(), e = edits.getBoundingClientRect();
				if (r.left < e.left - 1 || r.right > e.right + 1 || r.right > innerWidth || c.left < e.left - 1 || c.right > e.right + 1) bad.push(chip.innerText + ': not in view');
				if (document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) !== x) bad.push(chip.innerText + ': its × is covered');
				const words = chip.querySelector('.edit-words');
				if (words.scrollWidth > words.clientWidth + 1) bad.push(chip.innerText + ': cut off');
			};
			check(chips.at(-1));
			for (const chip of chips) { edits.scrollLeft += chip.getBoundingClientRect().left - edits.getBoundingClientRect().left; check(chip); }
			if (chips.length !== 4) bad.push(chips.length + ' edits');
			return bad;
		})(document.querySelector('#fig-four-segments .edits'))`)
		bad = append(bad, js[[]string](b, `[...document.querySelectorAll('.site-nav a, .lang-switch a')].filter(a => a.getBoundingClientRect().height < 44).map(a => a.textContent + ': lower than 44 px')`)...)
		bad = append(bad, js[[]string](b, `[...document.querySelectorAll('.prose table')].filter(t => t.querySelectorAll('th').length > 2).flatMap(t => [...t.querySelectorAll('td:first-child')]).filter(td => { const r = document.createRange(); r.selectNodeContents(td); return new Set([...r.getClientRects()].map(q => q.top)).size > 1; }).map(td => td.textContent + ': broken')`)...)
		for _, what := range bad {
			t.Errorf("%s: %s", lang, what)
		}
	}
	crowdOnPhone(t, s)
}

// crowdOnPhone: eight connections at once are lanes without words there, until a finger on one of them brings it forward.
func crowdOnPhone(t *testing.T, s *served) {
	b := browse(t, 390, 844)
	b.visit(s.url + "/en/sandbox?s=" + url.QueryEscape("start closed\nmsl 1s\n"+strings.Repeat("at 0s client connect\n", 8)+"at 400ms client close conn=3\nserver on-eof close"))
	const shown = `[...new Set([...document.querySelectorAll('#fig-run .past [data-conn]:not(.aside)')].map(g => g.dataset.conn.split(' ')[0] + ' ' + g.textContent))].filter(s => s.includes('ESTABLISHED')).join()`
	tap := func(end string) {
		at := b.middle(fmt.Sprintf(`document.querySelector('#fig-run .past [data-conn="%s"]')`, end))
		b.do(chromedp.MouseClickXY(at.X, at.Y))
	}
	if words := js[string](b, shown); words != "" {
		t.Errorf("there is no room for %q", words)
	}
	tap("client 3")
	b.until("both ends of the third connection say their states", shown+` === 'client ESTABLISHED,server ESTABLISHED'`)
	if n := js[int](b, `document.querySelectorAll('#fig-run .past .arrow:not(.aside)').length`); n != 6 {
		t.Errorf("%d segments stand out, not the 3 that open and the 3 that close", n)
	}
	tap("client 3")
	b.until("all are alike again", `!document.querySelector('#fig-run .aside')`)
}

// TestWithoutWords: when the catalogue does not come, the page says so and the list stays.
func TestWithoutWords(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.before(`{ const real = window.fetch; window.fetch = (what, ...rest) => String(what).includes('/words/') ? Promise.reject(new Error('no words')) : real(what, ...rest); }`)
	for lang, said := range map[string]string{"en": "could not be loaded", "zh": "没有加载成功"} {
		b.do(chromedp.Navigate(s.url + "/" + lang + "/lessons/four-way-close"))
		b.until("the page says that there is no diagram", `document.getElementById('fig-four-segments').innerText.includes(%q)`, said)
		if rows := b.rows("four-segments"); len(rows) < 20 {
			t.Errorf("%s: %d rows are left of the list", lang, len(rows))
		}
	}
}

// TestLinkAndUndo: the address is the run. Opened anew it gives the same list, and Back takes the edit back.
func TestLinkAndUndo(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	const figure = "four-segments"
	b.visit(s.url + "/en/lessons/four-way-close")
	plain := b.rows(figure)
	rev := b.rev(figure)
	js[bool](b, `(document.querySelector('#fig-four-segments .seg[tabindex="0"]').focus(), true)`)
	b.do(chromedp.KeyEvent("d"))
	b.settled(figure, rev)
	rev = b.rev(figure)
	b.do(chromedp.Click(`//figure[@id="fig-four-segments"]//button[normalize-space()="Close server now"]`))
	b.settled(figure, rev)
	edited, address := b.rows(figure), js[string](b, `location.href`)

	other := browse(t, 1280, 900)
	other.visit(address)
	if got := other.rows(figure); !slices.Equal(got, edited) {
		t.Errorf("the copied link shows another run:\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(edited, "\n"))
	}
	rev = b.rev(figure)
	js[bool](b, `(history.back(), true)`)
	b.settled(figure, rev)
	rev = b.rev(figure)
	js[bool](b, `(history.back(), true)`)
	b.settled(figure, rev)
	if got := b.rows(figure); !slices.Equal(got, plain) {
		t.Errorf("two edits and two times Back do not show the figure as it was:\n%s", strings.Join(got, "\n"))
	}
	js[bool](b, `(history.forward(), true)`)
	b.until("Forward brings the first edit again", `document.querySelectorAll('#fig-four-segments [data-part=list] li').length !== %d`, len(plain))

	// Without a script the same address shows the same run, in the server's words.
	none := browse(t, 1280, 900)
	if _, err := chromedp.Call(none.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	none.do(chromedp.Navigate(address))
	text := get(none, chromedp.Text(`#fig-four-segments [data-part=list]`))
	for _, row := range edited {
		words := strings.Join(strings.Fields(row), "")
		if !strings.Contains(strings.Join(strings.Fields(text), ""), words) {
			t.Fatalf("without a script the page lacks the row %q:\n%s", row, text)
		}
	}
}

// TestServerDies: playback goes on without the server, and what the learner did survives it.
func TestServerDies(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	const figure = "lost-ack"
	b.visit(s.url + "/en/lessons/lost-last-ack")
	rev := b.rev(figure)
	p := b.middle(fmt.Sprintf(segmentAt, figure, "client", 2) + `.querySelector('.fate-reach')`)
	b.do(chromedp.MouseClickXY(p.X, p.Y))
	b.settled(figure, rev)
	edited := b.rows(figure)
	b.do(chromedp.Click(`#fig-lost-ack .key.play`))
	s.kill()
	b.until("the page says that it reconnects", `document.querySelector('#fig-lost-ack .status').textContent !== ''`)
	before := b.clock(figure)
	b.until("playback goes on", `document.querySelector('#fig-lost-ack .scrub-clock').textContent !== %q`, before)
	serve(t, strings.TrimPrefix(s.url, "http://"))
	b.until("the page is connected again", `document.querySelector('#fig-lost-ack .status').textContent === ''`)
	// Connected is not yet answered: a new server counts from 1.
	b.until("the run is there again", `document.getElementById('fig-lost-ack').dataset.rev === '1' && document.getElementById('fig-lost-ack').dataset.end === 'true'`)
	if got := b.rows(figure); !slices.Equal(got, edited) {
		t.Errorf("after the restart the figure shows another run:\n%s", strings.Join(got, "\n"))
	}
	rev = b.rev(figure)
	b.do(chromedp.Click(`//figure[@id="fig-lost-ack"]//button[normalize-space()="Reset"]`))
	b.settled(figure, rev)
	if n := b.count(figure, "server", "FIN,ACK"); n != 2 {
		t.Errorf("after a reset the server sends %d FINs, not the figure's 2", n)
	}
}

// TestBadLink: an address with a line that means nothing says so where it matters, and the figure still works.
func TestBadLink(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.do(chromedp.Navigate(s.url + "/en/lessons/lost-last-ack?lost-ack=drop+cleint+ACK%231"))
	b.until("the figure says what is wrong", `document.querySelector('#fig-lost-ack').innerText.includes('client')
		&& /cleint/.test(document.querySelector('#fig-lost-ack').innerText)`)
	b.until("the figure works all the same", `document.getElementById('fig-lost-ack').dataset.end === 'true'`)

	// It is said once, in the language of the page; the server's own words are a footnote to it.
	b.do(chromedp.Navigate(s.url + "/zh/lessons/lost-last-ack?lost-ack=drop+cleint+ACK%231"))
	b.until("the Chinese page says it in Chinese", `document.querySelector('#fig-lost-ack .figure-problem').textContent.includes('看不懂“drop cleint ACK#1”')`)
	b.until("the figure works in Chinese, too", `document.getElementById('fig-lost-ack').dataset.end === 'true'`)
	if said := js[[]string](b, `[...document.querySelectorAll('#fig-lost-ack .server-says')].map(n => n.lang + ' ' + n.textContent)`); len(said) != 1 || !strings.HasPrefix(said[0], "en line 1") {
		t.Errorf("the server's words are said so: %q", said)
	}
	if told := js[string](b, `document.querySelector('#fig-lost-ack .notice').textContent`); told != "" {
		t.Errorf("it is said again: %q", told)
	}
}

// TestWeightAndStability: a lesson with all its assets fits into 100 KB as transferred, and nothing on the page moves when
// the figures start or their runs change.
func TestWeightAndStability(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	for _, width := range []int64{1280, 390} {
		b := browse(t, width, 900)
		b.before(`window.shift = 0;
			new PerformanceObserver(list => { for (const e of list.getEntries()) window.shift += e.value; }).observe({type: 'layout-shift', buffered: true});`)
		b.visit(s.url + "/en/lessons/lost-last-ack")
		weight := js[float64](b, `performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')).reduce((n, e) => n + e.transferSize, 0)`)
		if weight > 100_000 {
			t.Errorf("the lesson and its assets weigh %.0f bytes", weight)
		}
		if weight < 10_000 {
			t.Errorf("%.0f bytes cannot be all of it", weight)
		}
		t.Logf("%d px: %.0f bytes", width, weight)
		rev := b.rev("lost-ack")
		js[bool](b, `(document.querySelector('#fig-lost-ack .seg[tabindex="0"]').focus({preventScroll: true}), true)`)
		b.do(chromedp.KeyEvent("d"))
		b.settled("lost-ack", rev)
		if shift := js[float64](b, `window.shift`); shift > 0.005 {
			t.Errorf("at %d px the layout shifts by %v", width, shift)
		}
	}
}

// TestFarFigures: a figure far down the page waits until it comes near, takes the room meanwhile that it will want, and is on
// paper in any case.
func TestFarFigures(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	open := func(address string) {
		b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(s.url+address))
	}
	const waits = `!document.querySelector('#fig-deliver .stage').hasChildNodes()`
	open("/en/lessons/half-close")
	b.until("the first figure is drawn", `document.querySelector('#fig-half .hits > *') !== null`)
	if !js[bool](b, waits) {
		t.Error("the last figure is made although it is far away")
	}
	b.media("", "print")
	// What is printed is what stands there at that moment; right afterwards the figure begins.
	paper := js[struct {
		Texts   []string
		Picture bool
	}](b, `(dispatchEvent(new Event('beforeprint')), {
		Texts: [...document.querySelectorAll('#fig-deliver > .text-ladder')].map(pre => pre.checkVisibility() ? pre.textContent : ''),
		Picture: document.querySelector('#fig-deliver .stage').checkVisibility(),
	})`)
	if len(paper.Texts) != 1 || !strings.Contains(paper.Texts[0], "FIN,ACK") {
		t.Errorf("on paper the last figure is %q", paper.Texts)
	}
	if paper.Picture {
		t.Error("on paper there is an empty picture")
	}
	b.media("", "")
	if js[bool](b, `dispatchEvent(new Event('afterprint')) && document.querySelector('#fig-deliver > .text-ladder') !== null`) {
		t.Error("after printing the ladder of text is still there")
	}
	b.until("what was printed is drawn", `document.querySelector('#fig-deliver .hits > *') !== null`)

	open("/en/lessons/half-close#fig-deliver")
	b.until("the figure of the address is drawn", `document.querySelector('#fig-deliver .hits > *') !== null`)
	// The browser may still be on its way there.
	b.until("it stands at the top of the window", `(top => top > -1 && top < 100)(document.getElementById('fig-deliver').getBoundingClientRect().top)`)
	js[bool](b, `(scrollTo({top: 0, behavior: 'instant'}), true)`)
	b.until("the first figure is drawn when the reader comes to it", `document.querySelector('#fig-half .hits > *') !== null`)
}

// TestLegible: no text of a ladder covers another, and nothing makes the page wider than the screen, in every figure of every
// lesson, at three widths, in both languages.
func TestLegible(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	pages := append(everyLesson(t), "/en/", "/zh/", "/en/sandbox?s="+url.QueryEscape(threeHosts), "/zh/sandbox?from=assassination", "/en/sandbox?from=zero-window")
	for _, lang := range []string{"/en/", "/zh/"} {
		t.Run(lang[1:3], func(t *testing.T) {
			t.Parallel()
			b := browse(t, 1280, 900)
			for _, url := range pages {
				if !strings.HasPrefix(url, lang) {
					continue
				}
				if strings.Contains(url, "/lessons/") {
					url += "?shown=*" // the whole run, and what is told after the answers
				}
				b.visit(s.url + url)
				// A window that is made narrower draws everything again, as a page that is opened so does.
				for _, width := range []int64{1280, 768, 390} {
					b.do(chromedp.EmulateViewport(width, 900))
					b.until("it is drawn as wide as the page is now", `innerWidth === %d && [...document.querySelectorAll('.ladder-scroll')].every(l => Math.abs(l.clientWidth - l.querySelector('.past svg').width.baseVal.value) < 2)`, width)
					if over := js[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
						t.Errorf("%s at %d px is %d px too wide", url, width, over)
					}
					for _, o := range b.overlaps(`.ladder .drawing text`) {
						t.Errorf("%s at %d px: texts overlap: %s", url, width, o)
					}
					if n := js[int](b, `document.querySelectorAll('.ladder .drawing text').length`); n < 5 {
						t.Errorf("%s at %d px has %d texts to look at", url, width, n)
					}
				}
			}
		})
	}
}

// threeHosts is a run that needs more than two lifelines, connections side by side, a copy, a forged segment and one that is refused.
const threeHosts = "host a\nhost gate listens\nhost mirror listens\nstart closed\nmsl 1s\nat 0s a connect\nat 5ms a connect mirror\nat 300ms a close\nmirror on-eof close\nat 600ms inject gate flags=A seq=900000\ndup mirror FIN#1 300ms"

// everyLesson lists the addresses of all lessons in both languages.
func everyLesson(t testing.TB) (urls []string) {
	t.Helper()
	for _, lang := range []string{"en", "zh"} {
		files, err := filepath.Glob("../../lessons/" + lang + "/*.md")
		if err != nil || len(files) < 6 {
			t.Fatalf("%d lessons in %s: %v", len(files), lang, err)
		}
		for _, file := range files {
			urls = append(urls, "/"+lang+"/lessons/"+strings.TrimSuffix(filepath.Base(file), ".md"))
		}
	}
	return urls
}

// overlaps names the texts of each figure that cover one another.
func (b *tab) overlaps(selector string) []string {
	b.Helper()
	return js[[]string](b, `[...document.querySelectorAll('figure[data-figure]')].flatMap(f => {
		const texts = [...f.querySelectorAll(%q)].filter(t => t.textContent && t.getBoundingClientRect().width && getComputedStyle(t).visibility !== 'hidden')
			.map(t => ({t: f.dataset.name + ': ' + t.textContent, r: t.getBoundingClientRect()}));
		const bad = [];
		texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
			const w = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left), h = Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top);
			if (w > 1.5 && h > 4 && a.t !== b.t) bad.push(a.t + ' / ' + b.t);
		}));
		return bad;
	})`, selector)
}

// press gives keys to the page, each after the one before has had its effect.
func (b *tab) press(keys ...string) {
	b.Helper()
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key))
		time.Sleep(60 * time.Millisecond)
	}
}

// choose puts the playhead of a figure on a row of its list.
func (b *tab) choose(figure, time string) {
	b.Helper()
	js[bool](b, `([...document.querySelectorAll('#fig-%s [data-part=list] li')].find(l => l.innerText.startsWith(%q)).click(), true)`, figure, time)
}

// TestPanels walks the tabs with the keyboard and reads in each what is true at the playhead.
func TestPanels(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	for _, width := range []int64{1280, 390} {
		b := browse(t, width, 1000)
		b.before(`window.shift = 0;
			new PerformanceObserver(list => { for (const e of list.getEntries()) window.shift += e.value; }).observe({type: 'layout-shift', buffered: true});`)
		b.visit(s.url + "/en/lessons/lost-last-ack")
		const panel = `document.querySelector('#fig-lost-ack [role=tabpanel]:not([hidden])')`
		b.middle(`document.querySelector('#fig-lost-ack .stage')`)
		if n := js[int](b, `performance.getEntriesByType('resource').filter(e => e.name.includes('/panels/')).length`); n != 0 {
			t.Errorf("%d panels were loaded before anybody opened one", n)
		}
		b.choose("lost-ack", "0.25 s")
		b.until("the playhead is there", `document.querySelectorAll('#fig-lost-ack .chip')[0].textContent === 'TIME_WAIT'`)
		js[bool](b, `(document.querySelector('#fig-lost-ack [role=tab][aria-selected=true]').focus({preventScroll: true}), true)`)
		if n := js[int](b, `document.querySelectorAll('#fig-lost-ack [role=tab][tabindex="0"]').length`); n != 1 {
			t.Errorf("the tabs have %d tab stops", n)
		}
		for _, c := range []struct{ name, shows, texts string }{
			{"segment", `p.querySelectorAll('.field').length === 17 && /00\s*50\s*c0\s*00/.test(p.innerText)`, ".panel.segment .field > *, .panel.segment .byte"},
			{"states", `[...p.querySelectorAll('.node.lit')].map(n => n.dataset.state).join() === 'LAST_ACK,TIME_WAIT' && p.querySelectorAll('.trace.taken').length >= 5 && p.querySelectorAll('.trace.next').length === 2`, ".chart text, .ends span"},
			{"sockets", `p.innerText.includes('TIME-WAIT') && p.innerText.includes('LAST-ACK') && /timer:\(timewait,6sec,0\)/.test(p.innerText)`, ".terminal span"},
			{"calls", `p.innerText.replace(/\s+/g, ' ').includes('0.20 s close(fd) = 0')`, ".call time, .call > span"},
		} {
			b.press(kb.ArrowRight)
			b.until("the panel "+c.name+" shows what is true", `(p => p.classList.contains(%q) && %s)(`+panel+`)`, c.name, c.shows)
			for _, o := range b.overlaps(c.texts) {
				t.Errorf("%d px, %s: texts overlap: %s", width, c.name, o)
			}
			if out := js[bool](b, `(p => p.scrollWidth > p.clientWidth + 1)(`+panel+`)`); out {
				t.Errorf("%d px, %s: the panel is wider than its place", width, c.name)
			}
		}
		// A field and its bytes light each other.
		b.press(kb.Home, kb.ArrowRight)
		js[bool](b, `(document.querySelector('#fig-lost-ack .field[tabindex="0"]').focus({preventScroll: true}), true)`)
		b.press(kb.ArrowRight)
		if got := js[string](b, `[...document.querySelectorAll('#fig-lost-ack .byte.lit')].map(n => n.textContent).join(' ')`); got != "00 00 00 65" {
			t.Errorf("%d px: the acknowledgment number is the bytes %q", width, got)
		}
		if shift := js[float64](b, `window.shift`); shift > 0.005 {
			t.Errorf("%d px: opening panels shifts the layout by %v", width, shift)
		}
	}
}

// TestWhy asks why of the last change until there is no further answer, and comes back.
func TestWhy(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 1000)
	b.visit(s.url + "/en/lessons/lost-last-ack")
	b.middle(`document.querySelector('#fig-lost-ack .stage')`)
	head := `document.querySelector('#fig-lost-ack .why-head').textContent`
	b.choose("lost-ack", "7.25 s")
	b.until("the end of the wait is explained", `!document.querySelector('#fig-lost-ack .why-cause').hidden && /7.25/.test(document.querySelector('#fig-lost-ack .why-when').textContent)`)
	first := js[string](b, head)
	js[bool](b, `(document.querySelector('#fig-lost-ack [role=tab]').focus({preventScroll: true}), true)`)
	steps := 0
	for ; steps < 20 && !js[bool](b, `document.querySelector('#fig-lost-ack .why-cause').getAttribute('aria-disabled') === 'true'`); steps++ {
		b.press("w")
		time.Sleep(100 * time.Millisecond)
	}
	if got := js[string](b, head); steps < 5 || !strings.Contains(got, "calls close()") {
		t.Errorf("after %d questions the root is %q", steps, got)
	}
	if n := js[int](b, `document.querySelectorAll('#fig-lost-ack [data-part=list] li.chosen').length`); n != 1 {
		t.Errorf("%d rows are chosen", n)
	}
	for range steps {
		b.do(chromedp.Click(`#fig-lost-ack .why-effect`))
		time.Sleep(100 * time.Millisecond)
	}
	b.until("the way back ends where it began", head+` === %q`, first)
}

// TestAxes changes the time axis under a run: the playhead keeps its time and everything stays legible.
func TestAxes(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	for _, width := range []int64{390, 1280} {
		b := browse(t, width, 1000)
		b.visit(s.url + "/zh/lessons/lost-last-ack")
		b.middle(`document.querySelector('#fig-lost-ack .stage')`)
		b.choose("lost-ack", "1.25 s")
		b.until("the playhead is there", `document.querySelector('#fig-lost-ack .scrub-clock').textContent === '1.250 s'`)
		for mode, height := range map[int]string{1: "> 4000", 2: "< 1000", 0: "> 500"} {
			js[bool](b, `(document.querySelectorAll('.axis').forEach(a => { a.selectedIndex = %d; a.dispatchEvent(new Event('change')); }), true)`, mode)
			b.until("the axis has changed", `document.querySelector('#fig-lost-ack .sheet').offsetHeight `+height)
			if got := b.clock("lost-ack"); got != "1.250 s" {
				t.Errorf("axis %d: the playhead is at %s", mode, got)
			}
			for _, o := range b.overlaps(`.ladder .drawing text`) {
				t.Errorf("axis %d at %d px: texts overlap: %s", mode, width, o)
			}
		}
	}
}

// TestSkip plays into the long wait and leaves it.
func TestSkip(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 1000)
	b.visit(s.url + "/en/lessons/four-way-close")
	b.middle(`document.querySelector('#fig-four-segments .stage')`)
	b.choose("four-segments", "0.30 s")
	b.until("the playhead is there", `document.querySelectorAll('#fig-four-segments .chip')[1].textContent === 'CLOSED'`)
	b.do(chromedp.Click(`#fig-four-segments .key.play`))
	b.until("the wait plays, with its factor", `document.querySelector('#fig-four-segments .skip').classList.contains('on') && /^×\d/.test(document.querySelector('#fig-four-segments .factor').textContent)`)
	b.do(chromedp.Click(`#fig-four-segments .skip`))
	b.until("the wait is over", `document.querySelectorAll('#fig-four-segments .chip')[0].textContent === 'CLOSED'`)
	if on := js[bool](b, `document.querySelector('#fig-four-segments .skip').classList.contains('on')`); on {
		t.Error("there is nothing to skip any more")
	}
}

// TestGhost: after an edit the run before it stays, faintly, until it is dismissed.
func TestGhost(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 1000)
	b.visit(s.url + "/en/lessons/four-way-close")
	if n := js[int](b, `document.querySelectorAll('.ghost-run path, .ghost-run rect').length`); n != 0 {
		t.Errorf("%d marks of an earlier run before any edit", n)
	}
	rev := b.rev("four-segments")
	js[bool](b, `(document.querySelectorAll('#fig-four-segments .seg')[3].focus({preventScroll: true}), true)`)
	b.press("d")
	b.settled("four-segments", rev)
	b.until("the run before is there", `document.querySelectorAll('#fig-four-segments .ghost-shaft').length === 1 && document.querySelectorAll('#fig-four-segments .ghost-band').length >= 2`)
	if said := js[string](b, `document.querySelector('#fig-four-segments .notice').textContent`); !strings.Contains(said, "later") {
		t.Errorf("the difference is told as %q", said)
	}
	b.do(chromedp.Click(`#fig-four-segments .ghost-off`))
	b.until("the run before is gone", `document.querySelectorAll('.ghost-run *').length === 0 && document.querySelector('#fig-four-segments .ghost-off').hidden`)

	// Within a fold of the new run, where all of it is flat, the run before is told by heads and words.
	b.visit(s.url + "/en/lessons/lost-last-ack")
	rev = b.rev("lost-ack")
	js[bool](b, `(document.querySelectorAll('#fig-lost-ack .seg')[3].focus({preventScroll: true}), true)`)
	b.press("d")
	b.settled("lost-ack", rev)
	b.until("what is in the fold is named", `[...document.querySelectorAll('#fig-lost-ack .ghost-text')].map(t => t.textContent).join('; ') === 'FIN 1.20 s; ACK 1.25 s; LAST_ACK until 1.30 s'`)
	if n := js[int](b, `document.querySelectorAll('#fig-lost-ack .ghost-head').length`); n != 2 {
		t.Errorf("%d heads in the fold, want those of the second FIN and its ACK", n)
	}
	if over := b.overlaps(`#fig-lost-ack .ghost-text, #fig-lost-ack .silence`); len(over) > 0 {
		t.Errorf("in the fold: %q", over)
	}

	// A lesson may offer such a comparison: it plays from where the two runs part, and only one is on at a time.
	b.visit(s.url + "/en/guide/questions")
	press := func(n int, what, log string) {
		b.Helper()
		try := fmt.Sprintf(`#fig-once .try:nth-of-type(%d) button`, n)
		b.until("the switch is there", `document.querySelector(%q) !== null`, try)
		b.middle(`document.querySelector('` + try + `')`)
		b.do(chromedp.Click(try))
		b.until(what, `[...document.querySelectorAll('#fig-once .try')].map(t => Number(t.hasAttribute('data-on'))).join('') === %q && (new URL(location.href).searchParams.get('once') ?? '') === %q`, what, log)
	}
	press(1, "10", "drop client ACK#1")
	b.until("it is compared with the run as it was, and plays", `document.querySelectorAll('#fig-once .ghost-band').length > 0 && parseFloat(document.querySelector('#fig-once .clock span').textContent) >= 0.25`)
	press(2, "01", "time-wait 0s;drop client ACK#1")
	press(2, "00", "")
}

// TestCopyIsTold: what becomes of the network's copy of a segment is told as of its original, in the list that the browser
// makes, too.
func TestCopyIsTold(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 1000)
	b.visit(s.url + "/en/sandbox?from=late-copy")
	rev := b.rev("run")
	js[bool](b, `(`+segmentAt+`.focus({preventScroll: true}), true)`, "run", "server ACK", 0) // whose loss changes nothing else
	b.press("d")
	b.settled("run", rev)
	arrivals := 0
	for _, row := range b.rows("run") {
		if strings.Contains(row, "receives FIN, seq 300") {
			arrivals++
		}
	}
	if arrivals != 2 {
		t.Errorf("the server's FIN arrives twice, and the list tells %d times:\n%s", arrivals, strings.Join(b.rows("run"), "\n"))
	}
}

// TestHelp opens the sheet with its key, and the switches on it are kept.
func TestHelp(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 1000)
	url := s.url + "/en/lessons/four-way-close"
	b.visit(url)
	b.middle(`document.querySelector('#fig-four-segments .stage')`)
	focus := `(document.querySelector('#fig-four-segments .key.play').focus({preventScroll: true}), true)`
	js[bool](b, focus)
	b.press("?")
	b.until("the sheet is open", `document.querySelector('#fig-four-segments dialog')?.open === true`)
	js[bool](b, `([...document.querySelectorAll('dialog .setting input')].forEach(i => i.click()), true)`)
	b.press(kb.Escape)
	b.until("the sheet is closed, and the focus is where it was", `!document.querySelector('#fig-four-segments dialog').open && document.activeElement.matches('#fig-four-segments .key.play')`)
	b.visit(url)
	if motion := js[string](b, `document.documentElement.dataset.motion`); motion != "less" {
		t.Errorf("after a reload the motion is %q", motion)
	}
	js[bool](b, focus)
	before := b.clock("four-segments")
	if keys := js[int](b, `document.querySelectorAll('#fig-four-segments [aria-keyshortcuts]').length`); keys != 0 {
		t.Errorf("single letters are off, yet %d buttons say that they have one", keys)
	}
	b.press(".", ".")
	if after := b.clock("four-segments"); after != before {
		t.Errorf("single letters are off, yet a full stop steps from %s to %s", before, after)
	}
}

// BenchmarkFirstFigure measures the way from the click on a link to a figure that can be played, on loopback.
func BenchmarkFirstFigure(b *testing.B) {
	s := serve(b, "")
	tab := browse(b, 1280, 900)
	tab.before(`new MutationObserver((_, all) => {
		if (document.getElementById('fig-lost-ack')?.dataset.end === 'true') { window.readyAt = performance.now(); all.disconnect(); }
	}).observe(document, {subtree: true, attributes: true, childList: true})`)
	var total float64
	for b.Loop() {
		tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(s.url+"/en/lessons/lost-last-ack"))
		tab.until("the figure is there", `window.readyAt > 0`)
		total += js[float64](tab, `window.readyAt`)
	}
	b.ReportMetric(total/float64(b.N), "ms/ready")
}

// TestScreenshots writes pictures of every lesson and every figure for a person to look at, at three widths, in both themes and
// languages:
//
//	go test ./web/browser -run TestScreenshots -timeout 1h -args -screenshots DIR [-pages remedies]
//
// Without the flag it only makes sure that the one of the README can be made.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	dir := *screenshots
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	shoot := func(b *tab, name string) {
		t.Helper()
		png := get(b, chromedp.CaptureScreenshot())
		if len(png) < 20_000 {
			t.Errorf("%s: a picture of %d bytes shows nothing", name, len(png))
		}
		if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	b := browse(t, 1280, 1000)
	b.visit(s.url + "/en/lessons/lost-last-ack")
	stage := `document.querySelector('#fig-lost-ack .stage')`
	b.middle(stage)
	js[bool](b, `([...document.querySelectorAll('#fig-lost-ack [data-part=list] li[data-ev=timer]')].find(l => l.innerText.includes('7.25')).click(), true)`)
	time.Sleep(600 * time.Millisecond)
	b.do(chromedp.Click(`#fig-lost-ack .key.play`))
	time.Sleep(400 * time.Millisecond)
	b.do(chromedp.Click(`#fig-lost-ack .key.play`))
	b.middle(stage)
	shoot(b, "lesson")
	if *screenshots == "" {
		return
	}
	wanted, err := regexp.Compile(*pages)
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{1280, 768, 390} {
		b := browse(t, width, 1000)
		for _, scheme := range []string{"light", "dark"} {
			b.media("prefers-color-scheme", scheme)
			for _, page := range append(everyLesson(t), "/en/", "/zh/") {
				if !wanted.MatchString(page) {
					continue
				}
				b.visit(s.url + page + "?shown=*")
				name := strings.NewReplacer("/lessons/", "-", "/", "").Replace(page)
				shoot(b, fmt.Sprintf("%s-%s-%d", name, scheme, width))
				for _, figure := range js[[]string](b, `[...document.querySelectorAll('figure[data-figure]')].map(f => f.id)`) {
					// In the middle of its run, where the most is to be seen.
					b.middle(`document.querySelector('#` + figure + ` .stage')`)
					js[bool](b, `(rows => (rows[Math.floor(rows.length / 2)].click(), true))([...document.querySelectorAll('#%s [data-part=list] li')])`, figure)
					b.middle(`document.querySelector('#` + figure + ` .stage')`)
					time.Sleep(700 * time.Millisecond)
					shoot(b, fmt.Sprintf("%s-%s-%s-%d", name, strings.TrimPrefix(figure, "fig-"), scheme, width))
				}
			}
		}
	}
}
