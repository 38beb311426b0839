package browser_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The tests of this file are those of the rule that the page is equal for everyone: by keyboard, by ear, with other
// colours, with larger letters, without motion.

// everyPage lists one address of each kind of page and all lessons, in both languages: the English lessons as they are before the
// answers, the Chinese ones with all that follows.
func everyPage(t testing.TB) []string {
	urls := everyLesson(t)
	for i, url := range urls {
		if strings.HasPrefix(url, "/zh/") {
			urls[i] += "?shown=*"
		}
	}
	for _, lang := range []string{"/en/", "/zh/"} {
		for _, rest := range []string{"", "sandbox", "sandbox?from=zero-window", "glossary", "model", "import", "guide", "guide/text", "lessons/lost-last-ack/lost-ack/worksheet", "embed/lost-last-ack/lost-ack", "remote", "remote/NOTACODE", "no-such-page"} {
			urls = append(urls, lang+rest)
		}
	}
	return append(urls, "/zh/sandbox?s=at+0s+cleint+close")
}

// open goes to a page, with figures or without.
func (b *tab) open(url string) {
	b.Helper()
	b.do(chromedp.Navigate(url))
	b.until("all of "+url+" is there", `dispatchEvent(new Event('keydown')) && document.readyState === 'complete' && [...document.querySelectorAll('figure[data-figure]')].every(f => f.dataset.end === 'true')`)
}

// TestAccessible runs axe-core on every page in both languages. What it finds does not depend on the theme but for contrast, so
// the other themes are held to that.
func TestAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v: run npm ci in static/", err)
	}
	s := serve(t, "")
	for _, lang := range []string{"en", "zh"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			b := browse(t, 1280, 900)
			if _, err := chromedp.Call(b.ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}); err != nil {
				t.Fatal(err)
			}
			for _, url := range everyPage(t) {
				if strings.HasPrefix(url, "/"+lang+"/") {
					b.open(s.url + url)
					b.accessible(url, string(axe))
				}
			}
		})
	}
}

// accessible runs axe on the page that is open, with each figure showing another panel. The rows of a list are alike and a long
// run has thousands of them: sixteen stand for the rest.
func (b *tab) accessible(url, axe string) {
	b.Helper()
	js[bool](b, `([...document.querySelectorAll('figure[data-figure]')].forEach((f, i, all) => f.querySelectorAll('[role=tab]')[(i + 5 - all.length % 5) % 5]?.click()), true)`)
	b.until("the panels are there", `[...document.querySelectorAll('[role=tabpanel]:not([hidden])')].filter(p => (r => r.top < innerHeight && r.bottom > 0)(p.getBoundingClientRect())).every(p => p.textContent.trim() !== '')`)
	js[bool](b, `(document.querySelectorAll('.events').forEach(list => [...list.children].slice(16).forEach(row => row.remove())), true)`)
	b.do(chromedp.Evaluate[chromedp.Void](axe))
	for _, theme := range []string{"light", "dark", "projector"} {
		js[bool](b, `(document.documentElement.dataset.theme = %q, true)`, theme)
		options := `{resultTypes: ['violations']}`
		if theme != "light" {
			options = `{resultTypes: ['violations'], runOnly: ['color-contrast']}`
		}
		var found []struct {
			ID, Help string
			Nodes    []struct {
				HTML           string
				FailureSummary string
			}
		}
		raw := get(b, chromedp.Evaluate[string](`axe.run(`+options+`).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
		if err := json.Unmarshal([]byte(raw), &found); err != nil {
			b.Fatal(err)
		}
		for _, v := range found {
			b.Errorf("%s %s: %s (%s), %d times, such as %s\n%s", theme, url, v.Help, v.ID, len(v.Nodes), v.Nodes[0].HTML, v.Nodes[0].FailureSummary)
		}
	}
}

// TestReducedMotion: who asks for no motion gets steps, and the whole run.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.media("prefers-reduced-motion", "reduce")
	b.visit(s.url + "/en/lessons/four-way-close")
	b.do(chromedp.ScrollIntoView(`#fig-four-segments .stage`), chromedp.Click(`#fig-four-segments .key.play`))
	b.until("the run steps on by itself", `Number(document.querySelector('#fig-four-segments .scrub').getAttribute('aria-valuenow')) > 6`)
	// Between two steps everything rests.
	look := func() string {
		return js[string](b, `document.querySelector('#fig-four-segments .scrub-clock').textContent + [...document.querySelectorAll('#fig-four-segments .pill')].map(p => p.style.transform)`)
	}
	rests := 0
	for range 20 {
		before := look()
		time.Sleep(100 * time.Millisecond)
		if look() == before {
			rests++
		}
	}
	if rests < 12 {
		t.Errorf("only %d of 20 looks found everything at rest: segments travel", rests)
	}
}

// TestThemes chooses one at the foot of a page, and another in a figure's sheet; every page after that comes in it.
func TestThemes(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.open(s.url + "/en/glossary")
	ground := func() string { return js[string](b, `getComputedStyle(document.body).backgroundColor`) }
	system := ground()
	b.middle(`document.querySelector('.themes [value=dark]')`)
	b.do(chromedp.Click(`.themes [value=dark]`))
	b.until("it is dark", `document.documentElement.dataset.theme === 'dark' && document.readyState === 'complete'`)
	if path := js[string](b, `location.pathname`); path != "/en/glossary" || ground() == system {
		t.Errorf("at %s the ground is %s as before", path, ground())
	}
	b.visit(s.url + "/zh/lessons/four-way-close")
	if theme := js[string](b, `document.documentElement.dataset.theme`); theme != "dark" {
		t.Errorf("the next page comes in %q", theme)
	}
	js[bool](b, `(document.querySelector('#fig-four-segments .key.play').focus({preventScroll: true}), true)`)
	b.press("?")
	b.until("the sheet is open", `document.querySelector('#fig-four-segments dialog')?.open === true`)
	js[bool](b, `(document.querySelector('dialog select:has([value=projector])').focus(), true)`)
	b.press("投") // the first letter of its name chooses an entry
	b.until("it is the projector's", `document.documentElement.dataset.theme === 'projector'`)
	b.until("and that is kept", `document.cookie.includes('fourwaves-theme=projector')`)
	if n := js[float64](b, `Number(getComputedStyle(document.documentElement).zoom)`); n != 1.5 {
		t.Errorf("for the back row everything is %v times as large", n)
	}
	// What is dragged must follow the pointer there as well.
	b.press(kb.Escape)
	b.until("the sheet is closed", `document.querySelector('#fig-four-segments dialog').open === false`)
	p := b.middle(`document.querySelector('#fig-four-segments .scrub')`)
	b.do(chromedp.MouseClickXY(p.X, p.Y))
	b.until("a click in the middle of the time slider puts it there", `(([thumb, scrub]) => Math.abs((thumb.left + thumb.width / 2 - scrub.left) / scrub.width - 0.5) < 0.08)(['.scrub-thumb', '.scrub'].map(part => document.querySelector('#fig-four-segments ' + part).getBoundingClientRect()))`)
}

// TestLargeLetters: with the page enlarged to 200 % of 1280 px, and until only 320 px are left, nothing has to be scrolled
// sideways and nothing is cut off (WCAG 1.4.4 and 1.4.10).
func TestLargeLetters(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	pages := []string{"/en/", "/zh/lessons/lost-last-ack", "/en/lessons/time-wait-2msl", "/en/sandbox?from=zero-window", "/zh/glossary", "/en/model", "/en/import"}
	for _, width := range []int64{640, 320} {
		b := browse(t, width, 800)
		for _, url := range pages {
			b.open(s.url + url)
			if over := js[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s at %d px: %d px too wide: %v", url, width, over, js[[]string](b, `[...document.querySelectorAll('main *, header *, footer *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.ladder, pre, .events, svg')).slice(0, 4).map(e => e.outerHTML.slice(0, 120))`))
			}
			// Controls that are cut off cannot be used.
			for _, cut := range js[[]string](b, `[...document.querySelectorAll('.stage button, .stage select, .stage input')].filter(e => {
				const [r, s] = [e.getBoundingClientRect(), e.closest('.stage').getBoundingClientRect()];
				return r.width && getComputedStyle(e).visibility !== 'hidden' && !e.closest('.ladder, .popover') && (r.right > s.right + 1 || r.left < s.left - 1 || r.bottom > s.bottom + 1);
			}).slice(0, 4).map(e => e.outerHTML.slice(0, 120))`) {
				t.Errorf("%s at %d px: cut off: %s", url, width, cut)
			}
		}
	}
}

// TestForcedColours: with colours of the reader's own, whatever is only a ground is still seen.
func TestForcedColours(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 900)
	b.media("forced-colors", "active")
	b.visit(s.url + "/en/lessons/lost-last-ack")
	b.middle(`document.querySelector('#fig-lost-ack .stage')`)
	b.choose("lost-ack", "0.25 s")
	b.until("the playhead is there", `document.querySelector('#fig-lost-ack .chip').textContent === 'TIME_WAIT' && document.querySelector('#fig-lost-ack .pill > span') !== null`)
	// An ACK's pill is open: a ring, and inside it the ground.
	for _, part := range []string{".key.play .icon", ".key .icon.step", ".scrub-thumb", ".scrub-done", ".left-bar", ".pill > span", ".whole-pin"} {
		seen := js[string](b, `(e => {
			const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!c.endsWith(', 0)') && c !== 'transparent') return c; } };
			return !e ? 'missing' : getComputedStyle(e).backgroundColor === ground(e.parentElement) && !getComputedStyle(e).boxShadow.includes('inset') ? 'as its ground: ' + ground(e.parentElement) : '';
		})(document.querySelector('#fig-lost-ack %s'))`, part)
		if seen != "" {
			t.Errorf("%s is %s", part, seen)
		}
	}
	if a, b := js[string](b, `getComputedStyle(document.querySelector('#fig-lost-ack .past .band[data-state=TIME_WAIT]')).fill`), js[string](b, `getComputedStyle(document.querySelector('#fig-lost-ack .past .band[data-state=LAST_ACK]')).fill`); a == b {
		t.Errorf("two states are both %s", a)
	}
}

// eventually waits up to five seconds for something that is about to happen.
func eventually(so func() bool) bool {
	for range 100 {
		if so() {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// TestByKeyboardAndEar walks the whole of lesson 6 with the keyboard alone and listens to what is said.
func TestByKeyboardAndEar(t *testing.T) {
	t.Parallel()
	s := serve(t, "")
	b := browse(t, 1280, 1000)
	b.before(`window.said = []; new MutationObserver(all => { for (const m of all) { const e = m.target.nodeType === 1 ? m.target : m.target.parentElement; if (e?.closest('[aria-live=polite], [role=status], [role=alert]') && e.textContent && said.at(-1) !== e.textContent) said.push(e.textContent); } }).observe(document, {subtree: true, childList: true, characterData: true})`)
	hears := func(what string, sentences ...string) {
		t.Helper()
		for _, sentence := range sentences {
			if !eventually(func() bool { return js[bool](b, `said.some(s => s.includes(%q))`, sentence) }) {
				t.Errorf("%s: %q is not said, but %q", what, sentence, js[[]string](b, `said`))
			}
		}
		js[bool](b, `(said.length = 0, true)`)
	}
	b.visit(s.url + "/en/lessons/lost-last-ack")
	b.press(kb.Tab)
	if got := js[string](b, `document.activeElement.textContent`); got != "Skip to content" {
		t.Errorf("the first stop is %q", got)
	}
	b.press(kb.Enter)

	// The first figure, step by step.
	b.tabTo("the play button of the first figure", `on.matches('#fig-lost-ack .key.play')`)
	js[bool](b, `(said.length = 0, true)`)
	b.press(".")
	hears("the first step", "0 s. Client: calls close()")
	for range 11 {
		// Each step is looked at, however slow the machine is: two in one frame would be told as one.
		const clock = `document.querySelector('#fig-lost-ack .ladder .clock span').textContent`
		before := js[string](b, clock)
		b.press(".")
		b.until("the next step", clock+` !== %q || %q === '7.250 s'`, before, before)
	}
	hears("stepping", "ESTABLISHED to CLOSE_WAIT", "is lost in the network", "retransmission timer", "TIME_WAIT")
	b.press("w")
	hears("why", "Client")
	b.press(kb.Home)

	// The lost ACK is delivered, and lost again.
	b.tabTo("the segments", `on.closest('#fig-lost-ack .seg')`)
	for range 8 {
		if strings.HasPrefix(b.focused(), "client ACK 1") {
			break
		}
		b.press(kb.ArrowDown)
	}
	rev := b.rev("lost-ack")
	b.press(kb.Enter)
	b.settled("lost-ack", rev)
	if n := b.count("lost-ack", "server", "sends FIN"); n != 1 {
		t.Errorf("with the ACK delivered the server sends %d FINs", n)
	}
	hears("the difference", "server is CLOSED 1 s sooner, 1 fewer FIN")
	rev = b.rev("lost-ack")
	b.press(kb.Enter)
	b.settled("lost-ack", rev)
	b.press(kb.Escape)

	// Panels are one tab stop; arrows walk them.
	b.tabTo("the tabs", `on.matches('#fig-lost-ack [role=tab]')`)
	b.press(kb.ArrowRight, kb.ArrowRight)
	b.until("the state diagram", `document.querySelector('#fig-lost-ack [role=tabpanel]:not([hidden]) .chart') !== null`)

	// The slider says where it is.
	b.tabTo("the time slider", `on.matches('#fig-lost-ack .scrub')`)
	b.press(kb.End)
	if said := js[string](b, `document.activeElement.getAttribute('aria-valuetext')`); !strings.Contains(said, "7.250 s") || !strings.Contains(said, "CLOSED") {
		t.Errorf("the slider says %q", said)
	}
	b.press(kb.PageDown, kb.PageDown)
	b.until("the phase before, and the one before that", `document.activeElement.getAttribute('aria-valuetext').includes('TIME_WAIT')`)
	js[bool](b, `(said.length = 0, true)`)
	b.press("t")
	hears("where it is", "client TIME_WAIT, 6.0 s left", "server LAST_ACK")
	b.press("?")
	b.until("the sheet", `document.querySelector('#fig-lost-ack dialog')?.open`)
	b.press(kb.Escape)

	// The list is the same run; its rows are one stop.
	b.tabTo("the list", `on.closest('#fig-lost-ack [data-part=list]')`)
	b.press(kb.Home, kb.ArrowDown, kb.ArrowDown)
	if n := js[int](b, `document.querySelectorAll('#fig-lost-ack [data-part=list] [tabindex="0"]').length`); n > 1 {
		t.Errorf("the list has %d tab stops", n)
	}

	// Three predictions: a choice, a number, the end of a wait.
	question := func(name string) {
		b.until("the question "+name, `document.querySelector('#fig-lost-twice [data-ask=%q]') !== null`, name)
	}
	answered := func(verdict string) {
		t.Helper()
		b.until("the verdict "+verdict, `document.activeElement.matches('#fig-lost-twice .feedback') && document.activeElement.innerText.includes(%q)`, verdict)
	}
	question("next-segment")
	b.tabTo("the first choice", `on.matches('#fig-lost-twice [data-ask="next-segment"] input[type=radio]')`)
	b.press(kb.ArrowDown, kb.ArrowDown)
	if got := js[string](b, `document.activeElement.value`); got != "server FIN" {
		t.Errorf("two arrows down choose %q", got)
	}
	b.press(kb.Enter)
	answered("Yes! server: FIN.")
	question("second-fin")
	b.tabTo("the number", `on.matches('#fig-lost-twice [data-ask="second-fin"] input')`)
	b.press("3", kb.Enter)
	answered("Yes! 3.")
	question("end-of-wait")
	b.tabTo("the end of the wait", `on.matches('#fig-lost-twice [data-ask="end-of-wait"] input[type=range]')`)
	for range 100 {
		value := js[string](b, `document.activeElement.getAttribute('aria-valuetext')`)
		if value == "9.25 s" || value == "9.20 s" || value == "9.30 s" {
			break
		}
		b.do(chromedp.KeyEvent(kb.ArrowRight))
	}
	b.press(kb.Enter)
	answered("9.25 s")

	// The challenge.
	b.tabTo("the segments of the second figure", `on.closest('#fig-lost-twice .seg')`)
	for _, name := range []string{"client ACK 3", "client ACK 4"} {
		b.press(kb.End)
		for range 20 {
			if strings.HasPrefix(b.focused(), name) {
				break
			}
			b.press(kb.ArrowDown)
		}
		rev := b.rev("lost-twice")
		b.press(kb.Enter)
		b.settled("lost-twice", rev)
	}
	b.until("the challenge is solved", `document.querySelector('#fig-lost-twice [data-challenge]').dataset.verdict === 'solved'`)
	if end := js[[]string](b, `said`); !slices.ContainsFunc(end, func(s string) bool { return strings.Contains(s, "RST") || strings.Contains(s, "Solved") }) {
		t.Errorf("the solution is not said: %q", end)
	}
}

// TestOtherWords shows pages in two languages that nobody speaks: one says everything twice, the other says it twice from right to
// left. Nothing becomes wider than the window, nothing that is written covers anything else, and time still runs to the right.
func TestOtherWords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../lessons")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../static/words/en.json")
	if err != nil {
		t.Fatal(err)
	}
	for lang, also := range map[string]string{"de": "", "ar": " مثال"} {
		words := map[string]string{}
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for key, text := range words {
			words[key] = text + " " + text + also
		}
		words["ui.language.name"] = lang + also
		doubled, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Mkdir(filepath.Join(dir, lang), 0o755), os.WriteFile(filepath.Join(dir, lang, "words.json"), doubled, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, "", "--lessons", dir)
	for _, width := range []int64{390, 1280} {
		b := browse(t, width, 900)
		for _, lang := range []string{"de", "ar"} {
			for _, page := range []string{"/", "/lessons/lost-last-ack", "/lessons/port-exhaustion", "/sandbox"} {
				b.visit(s.url + "/" + lang + page)
				if over := js[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
					t.Errorf("%s%s at %d px is %d px too wide: %v", lang, page, width, over, js[[]string](b, `[...document.querySelectorAll('body *')].filter(e => (r => r.width && (r.right > innerWidth + 1 || r.left < -1))(e.getBoundingClientRect())).slice(0, 8).map(e => e.tagName + '.' + e.className)`))
				}
				for _, o := range append(b.overlaps(`.ladder .drawing text`), b.overlaps(`:is(.controls, .transport, .panel-tabs, .ladder-head) :is(button, .knob-name, .knob-value, .scrub-clock, .host-name, .chip)`)...) {
					t.Errorf("%s%s at %d px: texts overlap: %s", lang, page, width, o)
				}
			}
			b.visit(s.url + "/" + lang + "/lessons/lost-last-ack")
			if !js[bool](b, `(x => x[0] < x[1])(['client', 'server'].map(h => [...document.querySelectorAll('#fig-lost-ack .host')].find(e => e.textContent.includes(h)).getBoundingClientRect().left))`) {
				t.Errorf("%s: the server stands left of the client", lang)
			}
		}
	}
}
