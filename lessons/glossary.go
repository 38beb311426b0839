package lessons

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	yamlast "github.com/goccy/go-yaml/ast"
	yamlparser "github.com/goccy/go-yaml/parser"
	yamltoken "github.com/goccy/go-yaml/token"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"fourwaves/sim"
)

// A Term of the glossary, with its names and definition in every language. A folder's glossary.yaml adds to the course's own.
//
// Decision, 2026-11-22: terms are found in the text, not marked in it. An author writes prose, and each term is linked where
// it first stands in a section; never in code, headings, tables or links. What decides is the list of forms, so a word that
// should not be linked is not one of them.
type Term struct {
	ID     string              `yaml:"id"`
	EN     string              `yaml:"en"`
	ZH     string              `yaml:"zh"`
	Forms  map[string][]string `yaml:"forms"` // other spellings, by language
	Avoid  []string            `yaml:"avoid"` // what the Chinese text should not say instead
	Def    map[string]string   `yaml:"def"`
	Source string              `yaml:"source"`
	URL    string              `yaml:"url"`
}

// Name is what the term is called in a language.
func (t *Term) Name(lang string) string {
	if lang == "zh" {
		return t.ZH
	}
	return t.EN
}

// Meaning is what the term means, in that language or in the one that there is.
func (t *Term) Meaning(lang string) string {
	if def := t.Def[lang]; def != "" {
		return def
	}
	return t.Def[Languages[0]]
}

// Glossary lists the terms in the order of the file.
func (lib *Library) Glossary() []*Term { return lib.glossary }

const glossaryFile = "glossary.yaml"

// readGlossary reads the course's terms and lays those of the folder over them: one of the same id takes its place.
func (l *loader) readGlossary() {
	l.lib.glossary = l.readTerms(Builtin)
	if _, err := fs.Stat(l.lib.fsys, glossaryFile); err != nil || l.lib.fsys == Builtin {
		return
	}
	for _, own := range l.readTerms(l.lib.fsys) {
		if i := slices.IndexFunc(l.lib.glossary, func(t *Term) bool { return t.ID == own.ID }); i >= 0 {
			l.lib.glossary[i] = own
		} else {
			l.lib.glossary = append(l.lib.glossary, own)
		}
	}
}

func (l *loader) readTerms(fsys fs.FS) (terms []*Term) {
	data, err := ReadRegular(fsys, glossaryFile, maxFile)
	if err != nil {
		l.report(glossaryFile, 1, 1, fmt.Sprintf("cannot read: %v", cause(err)), "")
		return nil
	}
	l.lib.sources[glossaryFile] = strings.Split(string(data), "\n")
	parsed, err := yamlparser.ParseBytes(data, 0)
	var items []yamlast.Node
	if err == nil {
		items = yamlItems(parsed)
		err = yaml.Unmarshal(data, &terms)
	}
	switch {
	case parsed != nil && (items == nil && err != nil || len(items) < len(terms)):
		l.report(glossaryFile, 1, 1, "not a list of terms, each of which begins with a hyphen, as in `- id: half-close`", "")
		return nil
	case err != nil:
		line, col, message := wrongYAML(string(data), err)
		l.report(glossaryFile, line, col, "the glossary cannot be read: "+message, "")
		return nil
	}
	seen := map[string]bool{}
	for i, t := range terms {
		if t == nil { // a hyphen with nothing behind it
			terms[i] = &Term{}
			t = terms[i]
		}
		l.checkTerm(t, items[i], seen[t.ID])
		seen[t.ID] = true
	}
	return terms
}

// yamlItems are the items of the list that a file is.
func yamlItems(file *yamlast.File) (items []yamlast.Node) {
	for _, doc := range file.Docs {
		if list, ok := doc.Body.(*yamlast.SequenceNode); ok {
			items = append(items, list.Values...)
		}
	}
	return items
}

// termKeys are all that a term may have.
var termKeys = []string{"id", "en", "zh", "forms", "avoid", "def", "source", "url"}

// checkTerm looks for keys that there are not, and for what every language needs.
func (l *loader) checkTerm(t *Term, item yamlast.Node, taken bool) {
	var at *yamltoken.Position
	var meant []string // keys that are there, but for a letter
	for _, pair := range pairs(item) {
		key, place := pair.Key.String(), pair.Key.GetToken().Position
		if at == nil {
			at = place
		}
		if !slices.Contains(termKeys, key) {
			near := sim.Nearest(key, termKeys)
			meant = append(meant, near)
			l.report(glossaryFile, place.Line, place.Column, fmt.Sprintf("a term has no key %q; there are %s", key, strings.Join(termKeys, ", ")), near)
		}
	}
	if at == nil {
		at = item.GetToken().Position
	}
	switch {
	case t.ID == "":
		l.report(glossaryFile, at.Line, at.Column, "a term has an id, which stands in its address, as in `id: half-close`", "")
		return
	case taken:
		l.report(glossaryFile, at.Line, at.Column, fmt.Sprintf("term %q is here twice", t.ID), "")
	case !slugForm.MatchString(t.ID):
		l.report(glossaryFile, at.Line, at.Column, fmt.Sprintf("%q cannot be the id of a term; it stands in addresses, so use a-z, 0-9 and single hyphens", t.ID), sluggish(t.ID))
	}
	for _, need := range []struct{ key, text string }{{"en", t.EN}, {"zh", t.ZH}, {"def.en", t.Def["en"]}, {"def.zh", t.Def["zh"]}} {
		key, _, _ := strings.Cut(need.key, ".")
		if strings.TrimSpace(need.text) == "" && !slices.Contains(meant, key) {
			l.report(glossaryFile, at.Line, at.Column, fmt.Sprintf("%s is missing for term %q", need.key, t.ID), "")
		}
	}
}

// A spelling is one form of a term as it may stand in a text.
type spelling struct {
	form string
	term *Term
}

// spellings of a language, the longest first: "retransmission timeout" is no retransmission.
func (lib *Library) spellings(lang string) []spelling {
	var all []spelling
	for _, t := range lib.glossary {
		for _, form := range append([]string{t.Name(lang)}, t.Forms[lang]...) {
			if form != "" { // a term that lacks a name is told elsewhere
				all = append(all, spelling{form, t})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b spelling) int { return len(b.form) - len(a.form) })
	return all
}

// linkTerms links the first place of each term in each section, and says where the text calls one by another name.
func (p *page) linkTerms() {
	lang := p.draft.lesson.Lang
	spellings := p.lib.spellings(lang)
	seen := map[*Term]bool{}
	for n := p.doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && h.Level <= 2 {
			clear(seen)
		}
		var texts []*ast.Text
		_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if !entering {
				return ast.WalkContinue, nil
			}
			if t, ok := n.(*ast.Text); ok {
				p.avoidWords(t)
				texts = append(texts, t)
			}
			switch n.Kind() {
			case ast.KindCodeSpan, ast.KindFencedCodeBlock, ast.KindCodeBlock, ast.KindLink, ast.KindAutoLink, ast.KindImage, ast.KindHTMLBlock, ast.KindRawHTML:
				return ast.WalkSkipChildren, nil
			}
			return ast.WalkContinue, nil
		})
		if n.Kind() != ast.KindParagraph && n.Kind() != ast.KindList && n.Kind() != ast.KindBlockquote {
			continue
		}
		for _, t := range texts {
			p.linkIn(t, spellings, seen)
		}
	}
}

// avoidWords reports a name that the glossary does not use, in a Chinese text of the folder: nobody there can change another.
func (p *page) avoidWords(t *ast.Text) {
	if p.draft.lesson.Lang != "zh" || !p.lib.Owns(p.draft.lesson.File) {
		return
	}
	said := string(t.Segment.Value(p.source))
	for _, term := range p.lib.glossary {
		for _, wrong := range term.Avoid {
			if at := strings.Index(said, wrong); at >= 0 {
				line, col := p.place(t.Segment.Start + at)
				p.report(p.draft.lesson.File, line, col, fmt.Sprintf("the glossary calls this %q, not %q", term.ZH, wrong), term.ZH)
			}
		}
	}
}

// linkIn splits a text at the terms in it.
func (p *page) linkIn(t *ast.Text, spellings []spelling, seen map[*Term]bool) {
	for {
		said := string(t.Segment.Value(p.source))
		at, found := firstTerm(said, spellings, seen)
		if at < 0 {
			return
		}
		seen[found.term] = true
		parent, start := t.Parent(), t.Segment.Start
		end := start + at + len(found.form)
		link := ast.NewLink()
		link.Destination = []byte("../glossary#" + found.term.ID)
		link.SetAttributeString("class", []byte("term"))
		link.AppendChild(link, ast.NewTextSegment(text.NewSegment(start+at, end)))
		if at > 0 {
			parent.InsertBefore(parent, t, ast.NewTextSegment(text.NewSegment(start, start+at)))
		}
		parent.InsertBefore(parent, t, link)
		t.Segment = t.Segment.WithStart(end) // the rest, with the line break that it ends in
	}
}

// firstTerm finds the first term that has not been linked yet; the longest wins where two begin.
func firstTerm(said string, spellings []spelling, seen map[*Term]bool) (at int, found spelling) {
	at = -1
	lower := asciiLower(said)
	for _, s := range spellings {
		if seen[s.term] {
			continue
		}
		for from := 0; ; {
			i := strings.Index(lower[from:], asciiLower(s.form))
			if i < 0 {
				break
			}
			i += from
			if wholeWord(said, i, i+len(s.form)) && sameCase(said[i:i+len(s.form)], s.form) {
				if at < 0 || i < at {
					at, found = i, s
				}
				break
			}
			from = i + 1
		}
	}
	return at, found
}

// wholeWord tells that no letter of the alphabet goes on at either end. Chinese has no blanks between its words.
func wholeWord(said string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(said[:start])
	after, _ := utf8.DecodeRuneInString(said[end:])
	first, _ := utf8.DecodeRuneInString(said[start:])
	last, _ := utf8.DecodeLastRuneInString(said[:end])
	return !(wordly(before) && wordly(first)) && !(wordly(after) && wordly(last))
}

func wordly(r rune) bool {
	return r < unicode.MaxLatin1 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-')
}

// sameCase lets a sentence begin with a term, and keeps "EOF" and "nat" apart from "eof" and "NAT".
func sameCase(said, form string) bool {
	_, size := utf8.DecodeRuneInString(said)
	return said[size:] == form[size:] && (said[:size] == form[:size] || strings.ToUpper(form[:size]) == said[:size])
}

// asciiLower keeps every character where it is, which strings.ToLower does not.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
