package static

import "embed"

// FS is the tree that is served, with the paths it has in this folder: js/main.js, css/page.css, words/en.json. The patterns
// name what ships. Development files that live beside it (package.json, jsconfig.json, types.d.ts, test/, bench/,
// node_modules/) match none of them, so they never reach a binary, and a new folder ships only when it is named here.
//
//go:embed js/*.js js/asks/*.js js/edits/*.js js/panels/*.js js/pages/*.js css/*.css css/panels/*.css css/pages/*.css words/*.json img/*.svg img/*.png
var FS embed.FS
