package lessons

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	yamlast "github.com/goccy/go-yaml/ast"
	yamlparser "github.com/goccy/go-yaml/parser"

	"fourwaves/sim"
)

// # Front matter
//
// What a lesson says of itself before its text, in YAML: its title, its line in the list, its place in the course.

const dashes = "---"

// frontKeys are all keys; a lesson needs those before the last one.
var frontKeys = []string{"title", "summary", "number", "after"}

var neededKeys = frontKeys[:3]

var frontAbout = map[string]says{
	"title":   {"The lesson's heading and its name in lists, in the language of the file.", "本课的标题，也是它在列表里的名字，用文件所属的语言写。"},
	"summary": {"One or two sentences for the list of lessons and for search engines.", "一两句话，给课程列表和搜索引擎用。"},
	"number":  {"The lesson's place in the course, the same in every language.", "本课在课程中的位置，各语言相同。"},
	"after":   {"Lessons that this one builds on, by their addresses, with commas; for the map of the course. One language's file is enough.", "本课以哪些课为基础：写它们的地址，用逗号隔开，课程地图由此画出。写在一种语言的文件里就够了。"},
}

// FrontMatterSchema is the JSON Schema (2020-12) of front matter, for editors that complete and check it as it is written.
func FrontMatterSchema() []byte {
	text := func(about string, most int) map[string]any {
		return map[string]any{"type": "string", "description": about, "minLength": 1, "maxLength": most}
	}
	schema, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "Front matter of a Fourwaves lesson",
		"type":    "object",
		"properties": map[string]any{
			"title":   text(frontAbout["title"].en, maxTitle),
			"summary": text(frontAbout["summary"].en, maxSummary),
			"number":  map[string]any{"type": "integer", "minimum": 1, "maximum": maxNumber, "description": frontAbout["number"].en},
			"after":   map[string]any{"type": "string", "pattern": slugList.String(), "description": frontAbout["after"].en},
		},
		"required":             neededKeys,
		"additionalProperties": false,
	}, "", "  ")
	if err != nil {
		panic(err) // strings and numbers
	}
	return append(schema, '\n')
}

// frontMatter reads the head of the file and returns the file with the head blanked out line by line, so that every
// position in the rest is a position in the file.
func (l *loader) frontMatter(d *draft) ([]byte, bool) {
	file, lines := d.lesson.File, strings.Split(string(d.source), "\n")
	if strings.TrimRight(lines[0], " \t") != dashes {
		l.report(file, 1, 1, "a lesson starts with front matter: a line of three dashes, then title, summary and number, then three dashes again", "")
		return nil, false
	}
	end := 0
	for i := 1; i < len(lines); i++ {
		if strings.TrimRight(lines[i], " \t") == dashes {
			end = i
			break
		}
	}
	if end == 0 {
		l.report(file, 1, 1, "the front matter does not end; close it with a line of three dashes", "")
		return nil, false
	}
	l.frontFields(d, strings.Join(lines[1:end], "\n"))
	return []byte(strings.Repeat("\n", end+1) + strings.Join(lines[end+1:], "\n")), true
}

func (l *loader) frontFields(d *draft, head string) {
	file := d.lesson.File
	parsed, err := yamlparser.ParseBytes([]byte(head), 0)
	if err != nil {
		line, col, message := wrongYAML(head, err)
		l.report(file, line+1, col, "front matter is not YAML: "+message, "")
		return
	}
	seen := map[string]bool{}
	for _, doc := range parsed.Docs {
		for _, pair := range pairs(doc.Body) {
			key, at := pair.Key.String(), pair.Key.GetToken().Position
			seen[key] = true
			l.frontField(d, key, pair.Value, at.Line+1, at.Column)
		}
		if doc.Body != nil && pairs(doc.Body) == nil {
			l.report(file, 2, 1, "front matter is a list of `key: value` lines", "")
			return
		}
	}
	for _, key := range neededKeys {
		if !seen[key] {
			l.report(file, 1, 1, fmt.Sprintf("front matter lacks %q", key), "")
		}
	}
}

var tabIndent = regexp.MustCompile(`(?m)^ *\t`)

// wrongYAML says what is wrong with a text, and where in it.
func wrongYAML(source string, err error) (line, col int, message string) {
	if tab := tabIndent.FindStringIndex(source); tab != nil {
		return strings.Count(source[:tab[0]], "\n") + 1, tab[1] - tab[0], "a line is set in with blanks, not with a tab"
	}
	var syntax yaml.Error
	if !errors.As(err, &syntax) {
		return 1, 1, err.Error()
	}
	line, col = 1, 1
	if token := syntax.GetToken(); token != nil {
		line, col = token.Position.Line, token.Position.Column
	}
	return line, col, yamlMessage(syntax.GetMessage())
}

var yamlPlace = regexp.MustCompile(` at \[\d+:\d+\]`)

// yamlMessage takes out places, which count from the head's second line and would mislead, and helps with the mistake that
// people really make.
func yamlMessage(message string) string {
	message = yamlPlace.ReplaceAllString(message, "")
	if strings.Contains(message, "mapping value is not allowed") {
		message += "; put a text that has a colon in it between quotes"
	}
	if strings.Contains(message, "used where sequence is expected") {
		message = "this is a list, as in [one, two]"
	}
	if strings.Contains(message, "used where mapping is expected") {
		message = "this is made of `key: value` lines"
	}
	return message
}

// pairs of a mapping; the parser has another type for a mapping of one.
func pairs(node yamlast.Node) []*yamlast.MappingValueNode {
	switch n := node.(type) {
	case *yamlast.MappingNode:
		return n.Values
	case *yamlast.MappingValueNode:
		return []*yamlast.MappingValueNode{n}
	}
	return nil
}

func (l *loader) frontField(d *draft, key string, value yamlast.Node, line, col int) {
	file := d.lesson.File
	var content string
	switch v := value.(type) {
	case *yamlast.StringNode:
		content = v.Value
	case *yamlast.LiteralNode:
		content = v.Value.Value
	case *yamlast.NullNode:
	default:
		content = value.String()
	}
	content = strings.Join(strings.Fields(content), " ")
	switch key {
	case "title":
		d.lesson.Title = content
		l.frontText(file, line, col, key, content, maxTitle)
	case "summary":
		d.lesson.Summary = content
		l.frontText(file, line, col, key, content, maxSummary)
	case "number":
		n, err := strconv.Atoi(content)
		if err != nil || n < 1 || n > maxNumber {
			l.report(file, line, col, fmt.Sprintf("number is the lesson's place in the course, 1 to %d, not %q", maxNumber, content), "")
			return
		}
		d.lesson.Number, d.numberLine = n, line
	case "after":
		if !slugList.MatchString(content) {
			l.report(file, line, col, fmt.Sprintf("after lists lessons by their addresses, as in half-close, remedies, not %q", content), "")
			return
		}
		d.lesson.After, d.afterLine = strings.FieldsFunc(content, func(r rune) bool { return r == ',' || r == ' ' }), line
	case "order":
		l.report(file, line, col, `front matter has no key "order"`, "number")
	default:
		l.report(file, line, col, fmt.Sprintf("front matter has no key %q; there are %s", key, strings.Join(frontKeys, ", ")), sim.Nearest(key, frontKeys))
	}
}

func (l *loader) frontText(file string, line, col int, key, content string, limit int) {
	if content == "" {
		l.report(file, line, col, key+" is empty", "")
	}
	if n := utf8.RuneCountInString(content); n > limit {
		l.report(file, line, col, fmt.Sprintf("%s has %d characters; at most %d", key, n, limit), "")
	}
}
