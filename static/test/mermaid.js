/**
 * Whether Mermaid itself can read what `fourwaves run --format mermaid` writes: node static/test/mermaid.js FILE...
 *
 * It is a check of its own (cmd/check) and no part of `node --test`, because it needs files that the Go side has just written.
 */

import { readFileSync } from 'node:fs';
import mermaid from 'mermaid';

const files = process.argv.slice(2);
if (!files.length) throw new Error('no files');
for (const bad of ['sequenceDiagram\n  h0-?>h1: nonsense\n', 'sequenceDiagram\n  Note beside h0: nonsense\n']) {
  if (await mermaid.parse(bad, { suppressErrors: true })) throw new Error(`Mermaid accepts anything: ${bad}`);
}
for (const file of files) {
  const parsed = await mermaid.parse(readFileSync(file, 'utf8')).catch((error) => {
    throw new Error(`${file}: ${error.message}`);
  });
  if (parsed.diagramType !== 'sequence') throw new Error(`${file}: Mermaid takes it for a ${parsed.diagramType}`);
}
console.log(`Mermaid reads ${files.length} diagrams`);
