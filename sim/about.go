package sim

import "embed"

// Model says what is modelled and what is left out, for teachers: MODEL.md in English, MODEL.zh.md in Chinese. Who changes
// one changes the other.
//
//go:embed MODEL.md MODEL.zh.md
var Model embed.FS
