package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestLanguageOfAFolder serves a folder that adds two languages, one of them written from right to left: they have addresses, a
// place in the menu and in the negotiation, and their words in the browser; what they do not say is said in English.
func TestLanguageOfAFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"en/a.md":       front + "One.\n",
		"fr/words.json": `{"ui.language.name": "Français", "ui.page.nav.lessons": "Leçons <script>", "host.client": "le client"}`,
		"fr/a.md":       strings.Replace(front, "title: ", "title: La ", 1) + "Un. [Encore](b)\n",
		"fr/b.md":       strings.Replace(front, "1", "2", 1) + "Deux.\n",
		"ar/words.json": `{"ui.language.name": "العربية"}`,
	})
	pages, err := (serveCommand{Lessons: dir}).pages(t.Context(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	defer server.Close()
	get := func(path, accept string) string {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", accept)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", path, answer.Status, err)
		}
		return string(body)
	}
	for path, parts := range map[string][]string{
		"/fr/lessons/a": {`<html lang="fr" dir="ltr"`, "Un.", `href="b"`, `hreflang="ar"`, ">Français<", ">العربية<", "Leçons &lt;script&gt;", "Sandbox"},
		"/ar/lessons/b": {`<html lang="ar" dir="rtl"`, `<article lang="fr" dir="ltr"`, "Deux."}, // only the French one is there
		"/ar/glossary":  {`dir="rtl"`},
		"/ar/model":     {`<article class="prose model" lang="en" dir="ltr"`},
		"/zh/lessons/b": {`<html lang="zh-Hans" dir="ltr"`, "Deux."},
	} {
		page := get(path, "")
		for _, part := range parts {
			if !strings.Contains(page, part) {
				t.Errorf("%s lacks %q", path, part)
			}
		}
	}
	for accept, want := range map[string]string{"fr-CA, en;q=0.5": `<html lang="fr"`, "ar": `<html lang="ar"`, "de, zh;q=0.3": `<html lang="zh-Hans"`} {
		if !strings.Contains(get("/", accept), want) {
			t.Errorf("who prefers %s gets no %s", accept, want)
		}
	}
	page := get("/fr/", "")
	_, rest, _ := strings.Cut(page, `data-static="`)
	files, _, _ := strings.Cut(rest, `"`)
	if words := get(files+"/words/fr.json", ""); !strings.Contains(words, `"host.client":"le client"`) || !strings.Contains(words, `"host.server":"server"`) {
		t.Error("the browser does not get the words, with the English ones beside them")
	}
	out, _, err := fourwaves("", "lint", dir)
	if err != nil || !strings.Contains(out, "note: fr/words.json has 3 of ") {
		t.Errorf("lint: %v\n%s", err, out)
	}
}

// TestWordsOfAFolder: what is wrong with the words of a language is told at its line.
func TestWordsOfAFolder(t *testing.T) {
	for words, want := range map[string]string{
		"{\n  \"ui.language.name\": \"Français\",\n  \"ui.languag.nam\": \"x\"\n}":        `fr/words.json:3:3: nothing asks for the text "ui.languag.nam"; did you mean "ui.language.name"?`,
		"{\n  \"ui.language.name\": \"Français\",\n  \"host.client\": \"le {client}\"\n}": `fr/words.json:3:3: nothing fills in {client} here; the English text is "client"`,
		"{\n  \"host.client\": \"le client\"\n}":                                          `fr/words.json:1:1: a language says what it is called`,
		"{\n  \"ui.language.name\": \"Français\",\n  \"host.client\": 5\n}":               `fr/words.json:3:`,
		"{\n  \"ui.language.name\": \"Français\"\n  \"host.client\": \"x\"\n}":            `fr/words.json:3:`,
	} {
		dir := write(t, map[string]string{"en/a.md": front + "One.\n", "fr/words.json": words})
		if out, _, err := fourwaves("", "lint", dir); err == nil || !strings.Contains(out, want) {
			t.Errorf("%s\nlint says\n%s\nand not %s", words, out, want)
		}
	}
	dir := write(t, map[string]string{"en/a.md": front + "One.\n", "no-such_language/words.json": "{}"})
	if out, _, err := fourwaves("", "lint", dir); err == nil || !strings.Contains(out, "no-such_language/words.json:1:1: ") {
		t.Errorf("a folder that is no language: %s", out)
	}
}

// TestCourseOfAFolder serves a folder that lies over the built-in lessons: it replaces one of them in all languages, adds one, and
// has a title; what it does not have is the program's.
func TestCourseOfAFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"course.yaml":         "title:\n  en: Networks <b>2</b>\n  zh: 网络（二）\nbuiltin: true\n",
		"en/half-close.md":    strings.Replace(front, "1", "3", 1) + "What we say of it. ![A dot.](dot.svg)\n",
		"en/dot.svg":          `<svg xmlns="http://www.w3.org/2000/svg"/>`,
		"en/our-own.md":       strings.Replace(front, "1", "15\nafter: linux-lab", 1) + "Our lab. [Before](linux-lab)\n",
		"notes/half-close.md": "not a lesson",
		"glossary.yaml":       "- {id: room, en: laboratory, zh: 实验, def: {en: Ours., zh: 我们的。}}\n- {id: time-wait, en: TIME_WAIT, zh: TIME_WAIT, def: {en: As we say it., zh: 我们的说法。}}\n",
	})
	pages, err := (serveCommand{Lessons: dir}).pages(t.Context(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	defer server.Close()
	for path, parts := range map[string][]string{
		"/en/":                      {"Networks &lt;b&gt;2&lt;/b&gt;", "/en/lessons/our-own", "/en/lessons/lost-last-ack"},
		"/zh/lessons/half-close":    {"网络（二）", "What we say of it."},
		"/en/lessons/our-own":       {"Our lab."},
		"/zh/lessons/lost-last-ack": {"TIME_WAIT"},
		"/files/en/dot.svg":         {"<svg"},
		"/en/glossary":              {"Ours.", "As we say it.", "four-way close"},
		"/en/sandbox":               {"?from="},
	} {
		r, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		for _, part := range parts {
			if err != nil || r.StatusCode != http.StatusOK || !strings.Contains(string(body), part) {
				t.Errorf("%s (%s) lacks %q", path, r.Status, part)
			}
		}
	}
	out, _, err := fourwaves("", "lint", dir)
	if err != nil || !strings.Contains(out, "note: lesson half-close is not there in zh") || !strings.Contains(out, "checked 2 files in "+dir+" and 26 files of the program: ") {
		t.Errorf("lint: %v\n%s", err, out)
	}
}
