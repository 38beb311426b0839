package web_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The tests of this file use the pages that are no lessons, as browser_test.go does with those that are.

// TestBrowserSandbox writes a scenario with the keyboard: what is understood runs, what is not is marked and loses nothing, a
// word is completed, and the address holds all of it.
func TestBrowserSandbox(t *testing.T) {
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
	s := serve(t, "")
	file, err := filepath.Abs("../sim/capture/testdata/fin-lost-once.pcap")
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
