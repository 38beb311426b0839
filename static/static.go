// Package static holds what the browser gets: the modules, the styles and the words, exactly as they are written.
//
// There is no bundler and no build step. A page asks for js/main.js and the browser follows its imports; the names are
// made cacheable by the server, which serves this tree under a hash of its content.
//
// The patterns name what ships. Development files that live beside it (package.json, jsconfig.json, types.d.ts, test/,
// bench/, node_modules/) match none of them, so they never reach a binary, and a new folder ships only when it is named
// here.
//
// What lies in js/ and css/ is what a page begins with, and pages ask for all of it at once. What lies in their folders
// panels/ is loaded when a learner opens it. What lies in pages/ belongs to the one page of that name.
//
// The words are shared: package lessons reads words/*.json for the page without JavaScript, js/say.js reads the same files
// in the browser, and test/fixtures/say-fixtures.json is checked by both, so the two can only ever say the same sentence.
package static

import "embed"

// FS is the tree that is served, with the paths it has in this folder: js/main.js, css/page.css, words/en.json.
//
//go:embed js/*.js js/panels/*.js js/pages/*.js css/*.css css/panels/*.css css/pages/*.css words/*.json img/*.svg
var FS embed.FS
