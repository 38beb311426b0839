package browser_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The tests of this file use the pages that are no lessons, as browser_test.go does with those that are.

// TestBrowserSandbox writes a scenario with the keyboard: what is understood runs, what is not is marked and loses nothing, a
// word is completed, and the address holds all of it.
func TestBrowserSandbox(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	for _, width := range []int64{1280, 390} {
		b := browse(t, width, 900)
		b.visit(s.url + "/en/sandbox?from=first-fin-lost")
		if over := js[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("the sandbox at %d px is %d px too wide", width, over)
		}
		before := b.rows("run")
		b.do(chromedp.Focus(`#scenario`))
		js[bool](b, `(t => (t.setSelectionRange(t.value.length, t.value.length), true))(document.getElementById('scenario'))`)
		b.do(chromedp.KeyEvent("drop cleint FIN#3"))
		b.until("the mistake is marked", `document.querySelector('.problems li')?.textContent.includes('unknown host "cleint"') && document.querySelector('.mirror mark')?.textContent === 'cleint' && document.querySelector('.numbers .bad')?.textContent === '11'`)
		if after := b.rows("run"); strings.Join(after, "\n") != strings.Join(before, "\n") {
			t.Error("a line that is not understood changes the run")
		}
		b.middle(`document.querySelector('.problems .use')`)
		b.do(chromedp.Click(`.problems .use`))
		b.until("the third FIN is lost too", `[...document.querySelectorAll('#fig-run [data-part=list] li')].filter(l => l.innerText.includes('is lost')).length === 3 && document.querySelector('.problems li').textContent.includes('sends 4 FIN')`) // what the scenario expects is said too
		js[bool](b, `(t => (t.setSelectionRange(t.value.length, t.value.length), true))(document.getElementById('scenario'))`)
		b.do(chromedp.KeyEvent("\nprof"))
		b.until("a word is offered", `document.querySelector('.next-words button')?.textContent === 'profile'`)
		b.do(chromedp.KeyEvent(kb.ArrowDown, chromedp.KeyModifiers(1))) // Alt
		b.until("the word has the focus", `document.activeElement.textContent === 'profile'`)
		b.do(chromedp.KeyEvent(kb.Enter))
		b.until("the word is in the text", `document.getElementById('scenario').value.endsWith('\nprofile ') && document.activeElement.id === 'scenario'`)
		b.do(chromedp.KeyEvent("linux"))
		b.until("the run is another", `[...document.querySelectorAll('#fig-run [data-part=list] li')].some(l => l.innerText.includes('60'))`)
		address := js[string](b, `location.href`)
		rows := b.rows("run")
		b.visit(address)
		if again := b.rows("run"); strings.Join(again, "\n") != strings.Join(rows, "\n") || len(rows) == len(before) {
			t.Errorf("the link at %d px shows another run:\n%s\n---\n%s", width, strings.Join(rows, "\n"), strings.Join(again, "\n"))
		}
	}
}

// TestBrowserImport uploads a real capture and moves in it as in any figure; what would change it says that it cannot.
func TestBrowserImport(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	file, err := filepath.Abs("../../sim/capture/testdata/fin-lost-once.pcap")
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{1280, 390} {
		b := browse(t, width, 900)
		b.do(chromedp.Navigate(s.url + "/en/import"))
		b.do(chromedp.SetUploadFiles(`#capture`, []string{file}))
		b.do(chromedp.Click(`.import-form button`))
		b.until("the capture is drawn", `document.getElementById('fig-capture')?.dataset.end === 'true' && document.querySelectorAll('#fig-capture .seg').length === 10 && document.querySelector('#fig-capture .seg[data-fate="lost"]') !== null`)
		if over := js[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("the page at %d px is %d px too wide", width, over)
		}
		if rows := b.rows("capture"); !strings.Contains(strings.Join(rows, "\n"), "seems to be lost behind the capture point") {
			t.Errorf("the list:\n%s", strings.Join(rows, "\n"))
		}
		js[bool](b, `(document.querySelector('#fig-capture .seg').focus(), true)`)
		b.do(chromedp.KeyEvent("d"))
		b.until("it says that nothing can be changed", `document.getElementById('fig-capture').innerText.includes('nothing in it can be changed')`)
	}
}

// TestBrowserLoad looks at the figure of lesson 9's kind: what has failed by two seconds, whose the ports are, and one of the
// connections by itself.
func TestBrowserLoad(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 1000)
	b.visit(s.url + "/en/sandbox?s=" + url.QueryEscape("msl 2s\nlink delay 5ms\nsysctl client ip_local_port_range 40000 40019\nload client rate=10 for=10s life=30ms show=1 every=500ms"))
	b.until("the view of all connections is there", `document.querySelectorAll('.fleet-area').length > 0`)
	figure := js[string](b, `document.querySelector('figure[data-figure]').id.slice(4)`)
	js[bool](b, `([...document.querySelectorAll('[data-part=list] li[data-ev=counters]')].find(l => l.querySelector('time').textContent.startsWith('2.00')).click(), true)`)
	b.until("what has failed is told", `[...document.querySelectorAll('.fleet-numbers .bad')].some(row => row.innerText.replace(/\s+/g, ' ') === 'EADDRNOTAVAIL 1')`)
	if legend := js[string](b, `[...document.querySelectorAll('.fleet-legend li')].map(l => l.innerText.trim()).join(', ')`); !strings.Contains(legend, "TIME_WAIT 20") {
		t.Errorf("at 2 s the legend says %s", legend)
	}
	b.do(chromedp.Focus(`.port-grid`), chromedp.KeyEvent(kb.End))
	if said := js[string](b, `document.querySelector('.port-said').textContent`); said != "10.0.0.1:40019 → 10.0.0.2:80 is in TIME_WAIT." {
		t.Errorf("the last port: %s", said)
	}
	if !js[bool](b, `document.querySelector('.ladder').inert`) {
		t.Error("what is covered can be reached")
	}
	if js[bool](b, `document.querySelector('.fleet-before') !== null`) {
		t.Error("there is a run before the first edit")
	}
	rev := b.rev(figure)
	js[bool](b, `(slider => (slider.value = slider.min, ['input', 'change'].forEach(type => slider.dispatchEvent(new Event(type, { bubbles: true }))), true))(document.querySelectorAll('.knob input')[2])`)
	b.settled(figure, rev)
	b.until("the run before the edit is a line over the areas", `document.querySelector('.fleet-before') !== null && [...document.querySelectorAll('.fleet-legend li')].some(l => l.textContent === 'before the edit')`)
	b.do(chromedp.Click(`.fleet-tab:nth-child(2)`))
	b.choose(figure, "0.02 s")
	b.until("the ladder shows one connection", `document.querySelector('.fleet-body').hidden && document.querySelector('.ladder .chip').textContent === 'FIN_WAIT_1'`)
}

// TestBrowserTerms: a term says what it means to the keyboard and to the mouse, and Escape puts that away.
func TestBrowserTerms(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.visit(s.url + "/zh/lessons/lost-last-ack?shown=*")
	if _, err := chromedp.Call(b.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Focus(`a.term[href$="#msl"]`))
	b.until("the card is there", `document.querySelector('.term-card')?.textContent.includes('两分钟') && document.activeElement.getAttribute('aria-describedby') === document.querySelector('.term-card').id`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until("the card is gone", `!document.querySelector('.term-card') && document.activeElement.matches('a.term')`)
	if bad := js[int](b, `document.querySelectorAll(':is(h1, h2, h3, code, pre, th) a.term, a a.term').length`); bad > 0 {
		t.Errorf("%d terms are linked in headings, code or links", bad)
	}
	if to := js[string](b, `document.querySelector('a.term').pathname`); to != "/zh/glossary" {
		t.Errorf("a term leads to %s", to)
	}
}

// TestBrowserPresent: a figure fills the window, a clicker steps through it, and the page is as it was afterwards.
func TestBrowserPresent(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1600, 900)
	b.visit(s.url + "/en/lessons/lost-last-ack")
	b.do(chromedp.Click(`#fig-lost-ack .take > summary`))
	b.until("the menu is whole", `document.querySelectorAll('#fig-lost-ack .take-links button').length === 3`)
	clock := b.clock("lost-ack")
	b.do(chromedp.Click(`#fig-lost-ack .take-links li:first-child button`))
	b.until("the figure fills the window", `(r => Math.abs(r.left) < 1 && Math.abs(r.top) < 1 && Math.abs(r.width - innerWidth) < 2 && Math.abs(r.height - innerHeight) < 2)(document.querySelector('#fig-lost-ack .stage').getBoundingClientRect())`)
	b.until("nothing of it lies outside", `[...document.querySelectorAll('#fig-lost-ack :is(.ladder, .panels, .transport, .controls)')].every(e => (r => r.left >= -1 && r.top >= -1 && r.right <= innerWidth + 1 && r.bottom <= innerHeight + 1)(e.getBoundingClientRect()))`)
	b.do(chromedp.KeyEvent(kb.PageDown), chromedp.KeyEvent(kb.PageDown), chromedp.KeyEvent(kb.PageDown))
	b.until("it has stepped", `document.querySelector('#fig-lost-ack .scrub-clock').textContent !== %q`, clock)
	b.do(chromedp.KeyEvent("b"))
	b.until("it is dark", `document.querySelector('#fig-lost-ack').classList.contains('dark')`)
	b.do(chromedp.KeyEvent("b"), chromedp.KeyEvent(kb.Escape))
	b.until("the page is back", `!document.querySelector('.presenting, .present-hint') && document.querySelector('#fig-lost-ack .stage').style.width === ''`)
}

// TestBrowserRemote: a phone in another browser turns the figure that is presented, hears what it says, and is told when the
// presentation is over. It works below a base path, and needs no script.
func TestBrowserRemote(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v: run npm ci in static/", err)
	}
	s := serve(t, "", "--base-path", "/tcp")
	b, phone := browse(t, 1600, 900), browse(t, 390, 844)
	for _, tab := range []*tab{b, phone} {
		if _, err := chromedp.Call(tab.ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}); err != nil {
			t.Fatal(err)
		}
	}
	b.visit(s.url + "/tcp/zh/lessons/lost-last-ack")
	b.do(chromedp.Click(`#fig-lost-ack .take > summary`))
	b.until("the menu is whole", `document.querySelectorAll('#fig-lost-ack .take-links button').length === 3`)
	b.do(chromedp.Click(`#fig-lost-ack .take-links li:first-child button`), chromedp.Click(`.present-phone`))
	b.until("there is a code", `document.querySelector('.remote-code')?.textContent.length === 9`)
	if here := js[string](b, `document.querySelector('.remote-body').textContent`); !strings.Contains(here, "--listen") || !strings.Contains(here, strings.TrimPrefix(s.url, "http://")+"/tcp/remote") {
		t.Errorf("on the computer itself it says %q", here)
	}
	code := js[string](b, `document.querySelector('.remote-code').textContent`)

	phone.do(chromedp.Navigate(s.url + "/tcp/remote"))
	phone.do(chromedp.SendKeys(`#code`, strings.ToLower(code)+kb.Enter))
	phone.until("the phone is in the room, in the language of its own", `document.body.dataset.state === 'on' && document.documentElement.lang === 'en'`)
	phone.accessible("the remote", string(axe))
	js[bool](phone, `(delete document.documentElement.dataset.theme, true)`)
	if over := js[bool](phone, `document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight || [...document.querySelectorAll('.turn')].some(b => b.offsetWidth < 150 || b.offsetHeight < 200)`); over {
		t.Error("on a phone the buttons are not huge, or the page has to be scrolled")
	}

	says := func() string {
		return js[string](phone, `document.querySelector('[data-part=says]').textContent.trim()`)
	}
	before, clock := says(), b.clock("lost-ack")
	phone.do(chromedp.Click(`button.next`))
	b.until("the code is put away", `!document.querySelector('.remote-sheet').open`)
	phone.until("the phone says what the figure says", `(said => said !== %q && said.includes('客户端'))(document.querySelector('[data-part=says]').textContent)`, before)
	first := says()
	phone.do(chromedp.KeyEvent(kb.PageDown))
	phone.until("a key does it as well", `document.querySelector('[data-part=says]').textContent.trim() !== %q`, first)
	b.until("the playhead has moved", `document.querySelector('#fig-lost-ack .scrub-clock').textContent !== %q`, clock)
	phone.do(chromedp.Click(`button.back`))
	phone.until("it is back", `document.querySelector('[data-part=says]').textContent.trim() === %q`, first)
	phone.do(chromedp.Click(`button.play`))
	b.until("it plays", `document.querySelector('#fig-lost-ack .transport [data-state=pause]') !== null`)

	phone.do(chromedp.Click(`button.play`))
	b.until("it is still", `document.querySelector('#fig-lost-ack .transport [data-state=play]') !== null`)

	b.do(chromedp.KeyEvent(kb.Escape))
	phone.until("it is over", `document.body.dataset.state === 'over' && document.querySelector('button.next').disabled`)
	phone.do(chromedp.Reload())
	phone.until("the code is no longer one", `document.querySelector('[role=alert]')?.textContent.includes('No presentation')`)

	// Again: a new code, a phone without a script, and a tab that is closed.
	js[bool](b, `(document.querySelector('#fig-lost-ack .take-links li:first-child button').click(), true)`) // the page may still be scrolling
	b.do(chromedp.Click(`.present-phone`))
	b.until("there is another code", `(c => c && c.length === 9 && c !== %q)(document.querySelector('.remote-code')?.textContent)`, code)
	code = js[string](b, `document.querySelector('.remote-code').textContent`)
	if _, err := chromedp.Call(phone.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	phone.do(chromedp.Navigate(s.url+"/tcp/zh/remote/"+strings.ReplaceAll(code, " ", "")), chromedp.WaitVisible(`button.next`))
	before, clock = says(), b.clock("lost-ack")
	phone.do(chromedp.Click(`button.next`))
	b.until("the figure has stepped", `document.querySelector('#fig-lost-ack .scrub-clock').textContent !== %q`, clock)
	phone.until("the page has come back with what it says", `document.querySelector('[data-part=says]').textContent.trim() !== %q`, before)
	b.do(chromedp.Click(`.present-phone`))
	b.accessible("the code", string(axe))
	b.do(chromedp.Navigate("about:blank"))
	if !eventually(func() bool {
		phone.do(chromedp.Reload())
		return js[bool](phone, `document.querySelector('[role=alert]') !== null`)
	}) {
		t.Error("the tab is gone and the presentation is not over")
	}
}

// TestBrowserWatch: an author writes. A mistake is told at its line and the last good version stays, from the start on; a good
// version is loaded with the place on the page and the playhead where they were, however much has been written above.
func TestBrowserWatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save := func(first, scenario string) {
		t.Helper()
		text := "---\ntitle: A lesson\nsummary: About closing.\nnumber: 1\n---\n\n## First\n\n" + first + "\n\n```tcp close\n" + scenario + "\n```\n\n## Second\n" + strings.Repeat("\nMore to read.\n", 40)
		if err := os.MkdirAll(filepath.Join(dir, "en"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "en/a.md"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save("One.", "at 0s cleint close")
	s := serve(t, "", "--watch", "--lessons", dir)
	b := browse(t, 1280, 900)
	b.do(chromedp.Navigate(s.url + "/en/lessons/a"))
	b.until("the mistake is told at its line", `document.querySelector('.watch')?.innerText.includes('en/a.md:12:7')`)
	save("One.", "at 0s client close\nat 1s server close")
	b.until("the first good version comes by itself", `document.querySelector('figure[data-figure]')?.dataset.end === 'true'`)
	b.choose("close", "0.05 s")
	js[bool](b, `(document.getElementById('second').scrollIntoView({ block: 'start', behavior: 'instant' }), true)`)
	now, top := b.clock("close"), js[float64](b, `document.getElementById('second').getBoundingClientRect().top`)
	save(strings.Repeat("Much more to say. ", 200), "at 0s client close\nat 1s server close")
	b.until("the new version comes by itself", `document.querySelector('main').innerText.includes('Much more to say.') && document.querySelector('figure[data-figure]')?.dataset.end === 'true'`)
	b.until("the playhead is where it was", `document.querySelector('#fig-close .scrub-clock').textContent === %q`, now)
	b.until("the page is where it was", `Math.abs(document.getElementById('second').getBoundingClientRect().top - %f) < 2`, top)
	save("One.", "at 0s client close\nexpect server TIME_WAIT at 1s")
	b.until("an expectation that fails is told", `document.querySelector('.watch')?.innerText.includes('en/a.md:13:')`)
	if !js[bool](b, `document.querySelector('main').innerText.includes('Much more to say.')`) {
		t.Error("the last good version does not stay")
	}
}
