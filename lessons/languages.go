package lessons

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"fourwaves/sim"
)

// Languages are those that the program itself speaks; the first is what a reader of no other gets. A folder may add more: each
// is a folder named after the language, with its lessons and, in words.json, what the pages say.
var Languages = []string{"en", "zh"}

// languageForm is what the folder of a language is called: it stands in addresses.
var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{2,8})*$`)

// wordsFile is in the folder of a language that the program does not speak: texts by the keys of static/words/en.json. Those
// that it lacks are said in English.
const wordsFile = "words.json"

// ownName is the key of what a language calls itself.
const ownName = "ui.language.name"

// Languages are those of the library, the program's first.
func (lib *Library) Languages() []string { return slices.Concat(Languages, lib.added) }

// MatchLanguage chooses the language for an Accept-Language header.
func (lib *Library) MatchLanguage(acceptLanguage string) string {
	ours := []language.Tag{language.English, language.SimplifiedChinese}
	for _, lang := range lib.added {
		ours = append(ours, language.Make(lang))
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return Languages[0]
	}
	_, index, confidence := language.NewMatcher(ours).Match(tags...)
	if confidence == language.No {
		return Languages[0]
	}
	return lib.Languages()[index]
}

// HTMLLang is a language's name for browsers and screen readers.
func HTMLLang(lang string) string {
	if lang == "zh" {
		return "zh-Hans"
	}
	return language.Make(lang).String()
}

// Direction is how a language is written, as HTML says it: ltr or rtl.
func Direction(lang string) string {
	if script, _ := language.Make(lang).Script(); slices.Contains([]string{"Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"}, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// Words adds what the folder's languages say to what the program's do. The problems are of the folder's files: a key that
// nothing asks for, or a text with a placeholder that nothing fills.
func (lib *Library) Words(own Catalogue) (Catalogue, Problems) {
	all := Catalogue{}
	for lang, words := range own {
		all[lang] = words
	}
	var problems Problems
	english := own[Languages[0]]
	for _, lang := range lib.added {
		file := lang + "/" + wordsFile
		source := strings.Join(lib.sources[file], "\n")
		report := func(key, message, suggest string) {
			line, col := 1, 1
			if before, _, found := strings.Cut(source, fmt.Sprintf("%q", key)); found {
				line, col = strings.Count(before, "\n")+1, len(before)-strings.LastIndexByte(before, '\n')
			}
			problems = append(problems, Problem{File: file, Line: line, Col: col, Message: message, Suggest: suggest, Source: lib.line(file, line)})
		}
		said := map[string]string{}
		if err := json.Unmarshal([]byte(source), &said); err != nil {
			var line, col int
			fmt.Sscanf(jsonPlace([]byte(source), err), "%d:%d", &line, &col)
			problems = append(problems, Problem{File: file, Line: line, Col: col, Message: "not a JSON object of texts by key: " + err.Error(), Source: lib.line(file, line)})
		}
		words := &Words{Lang: lang, texts: map[string]string{}, Own: len(said), All: len(english.texts)}
		for key, text := range english.texts {
			words.texts[key] = text
		}
		if strings.TrimSpace(said[ownName]) == "" {
			report(ownName, fmt.Sprintf("a language says what it is called: \"%s\": \"Français\"", ownName), "")
			words.texts[ownName] = lang
		}
		for key, text := range said {
			theirs, known := english.texts[key]
			if !known {
				report(key, fmt.Sprintf("nothing asks for the text %q", key), sim.Nearest(key, english.Keys()))
				continue
			}
			for _, name := range placeholder.FindAllString(text, -1) {
				if !strings.Contains(theirs, name) {
					report(key, fmt.Sprintf("nothing fills in %s here; the English text is %q", name, theirs), "")
				}
			}
			words.texts[key] = text
		}
		all[lang] = words
	}
	problems.Sort()
	return all, problems
}

// JSON is the catalogue as browsers read it.
func (w *Words) JSON() []byte {
	data, err := json.Marshal(w.texts)
	if err != nil {
		panic(err) // texts by key
	}
	return data
}

// addLanguage takes a folder that is named after a language and says what the pages say in it.
func (l *loader) addLanguage(name string) {
	if _, err := language.Parse(name); err != nil || !languageForm.MatchString(name) {
		l.report(name+"/"+wordsFile, 1, 1, fmt.Sprintf("%q is no language; a folder is named after its tag in small letters, as in fr or pt-br", name), "")
		return
	}
	if _, ok := l.readFile(name + "/" + wordsFile); !ok {
		return
	}
	l.lib.added = append(l.lib.added, name)
	l.readLanguage(name)
}

// hasWords tells whether a folder brings the words of a language.
func (l *loader) hasWords(folder string) bool {
	_, err := fs.Stat(l.lib.fsys, folder+"/"+wordsFile)
	return err == nil
}
