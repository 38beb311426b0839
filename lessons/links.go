package lessons

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"fourwaves/sim"
)

// # Links and pictures
//
// What a lesson points to is there, in every language, or is a problem at its place.

// link lets a lesson point to the web, to a heading, and to another lesson or an example of the sandbox by its file:
// `[see](lost-last-ack.md)` and `[try](../gallery/10-half-open.txt)` work in an editor's preview and become addresses here.
func (p *page) link(n ast.Node, destination string) string {
	target, err := url.Parse(destination)
	if err != nil {
		p.problem(n, fmt.Sprintf("%q is not an address", destination), "")
		return ""
	}
	if target.Scheme != "" || target.Host != "" {
		return p.checkScheme(n, destination)
	}
	if target.Path == "" {
		p.points = append(p.points, pointer{n, p.draft.lesson.Slug, target.Fragment})
		return destination
	}
	if file, ok := strings.CutPrefix(target.Path, "../"+galleryFolder+"/"); ok {
		return p.example(n, file)
	}
	slug := p.lib.shelf + strings.TrimSuffix(strings.TrimPrefix(target.Path, "./"), ".md")
	var known []string
	for _, lang := range p.lib.Languages() {
		for other := range p.lib.lessons[lang] {
			if other == slug {
				p.points = append(p.points, pointer{n, slug, target.Fragment})
				target.Path = path.Base(slug)
				return target.String()
			}
			known = append(known, other)
		}
	}
	if !p.unsure {
		p.problem(n, fmt.Sprintf("there is no lesson %q", target.Path), sim.Nearest(slug, known))
	}
	return ""
}

// example is the address of the sandbox with an example of the gallery in it.
func (p *page) example(n ast.Node, file string) string {
	var known []string
	for _, e := range p.lib.gallery {
		if path.Base(e.File) == file {
			return "../sandbox?from=" + e.Name
		}
		known = append(known, path.Base(e.File))
	}
	if _, err := fs.Stat(p.lib.fsys, path.Join(galleryFolder, file)); err != nil && !p.unsure { // one that is there has problems of its own
		p.problem(n, fmt.Sprintf("there is no example %q in the folder %s", file, galleryFolder), sim.Nearest(file, known))
	}
	return ""
}

func (p *page) checkScheme(n ast.Node, destination string) string {
	target, err := url.Parse(destination)
	if err == nil {
		switch strings.ToLower(target.Scheme) {
		case "http", "https", "mailto":
			return destination
		}
		if auto, ok := n.(*ast.AutoLink); ok && auto.AutoLinkType == ast.AutoLinkEmail {
			return destination
		}
	}
	p.problem(n, fmt.Sprintf("a link goes to http, https, mailto or another lesson, not to %q", destination), "")
	return ""
}

// image resolves a picture beside the lesson. A page shows nothing from other machines: a classroom may have no internet,
// and a strange server need not learn who reads what.
func (p *page) image(n ast.Node, destination string) string {
	target, err := url.Parse(destination)
	if err != nil || target.Scheme != "" || target.Host != "" {
		p.problem(n, fmt.Sprintf("a picture lies in the lesson's folder, not at %q", destination), "")
		return ""
	}
	name := path.Join(p.lib.shelf+p.draft.lesson.Lang, target.Path)
	if path.IsAbs(target.Path) || !fs.ValidPath(name) {
		p.problem(n, fmt.Sprintf("%q lies outside the lessons' folder", destination), "")
		return ""
	}
	if ImageType(name) == "" {
		p.problem(n, fmt.Sprintf("%q is no picture that browsers show; use png, jpeg, gif, webp or svg", destination), "")
		return ""
	}
	switch _, err := ReadRegular(p.lib.fsys, name, maxImage); {
	case errors.Is(err, fs.ErrNotExist):
		beside, _ := fs.Glob(p.lib.fsys, path.Dir(name)+"/*.*") // a bad pattern finds nothing, and nothing is suggested
		beside = slices.DeleteFunc(beside, func(file string) bool { return ImageType(file) == "" })
		near := strings.TrimPrefix(sim.Nearest(name, beside), p.lib.shelf+p.draft.lesson.Lang+"/")
		p.problem(n, fmt.Sprintf("there is no picture %s", name), near)
		return ""
	case err != nil:
		p.problem(n, fmt.Sprintf("cannot show the picture: %v", cause(err)), "")
		return ""
	}
	p.lib.images[name] = true
	// Relative, so that the text needs no knowledge of the base path: pages are two steps below it.
	return "../../files/" + (&url.URL{Path: name}).EscapedPath()
}

// A pointer is a link to a place in a lesson, which can be looked for when all lessons have been read.
type pointer struct {
	from        ast.Node
	slug, place string
}

// places are the headings of a lesson in the page's language, by their anchors.
func (p *page) places(slug string) map[string]bool {
	key := p.draft.lesson.Lang + "/" + slug
	if p.headings[key] == nil {
		p.headings[key] = map[string]bool{}
	}
	return p.headings[key]
}

// follow looks for the places that the page's links point to: headings, and figures, whose anchors are fig-NAME.
func (p *page) follow() {
	for _, to := range p.points {
		name, figure := strings.CutPrefix(to.place, "fig-")
		places := p.places(to.slug)
		if to.place == "" || to.place == "top" || places[to.place] || figure && p.lib.figures[to.slug+"/"+name] != nil || p.lib.lessons[p.draft.lesson.Lang][to.slug] == nil {
			continue // a lesson in another language has its own headings
		}
		there, near := slices.Sorted(maps.Keys(places)), ""
		for _, fig := range p.lib.Figures() {
			if fig.Slug == to.slug {
				there = append(there, "fig-"+fig.Name)
			}
		}
		if fig := p.nearestFigure(to.slug, to.place); fig != "" {
			near = "fig-" + fig
		}
		message := fmt.Sprintf("lesson %q has no heading and no figure with the anchor %q", to.slug, to.place)
		if len(there) <= maxNamed {
			message += fmt.Sprintf("; there are %s", strings.Join(append(there, "top"), ", "))
		}
		p.problem(to.from, message, cmp.Or(sim.Nearest(to.place, there), near))
	}
}
