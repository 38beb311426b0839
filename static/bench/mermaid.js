/**
 * mermaid.js: how long a finished diagram takes, drawn here and drawn by Mermaid from the same messages, in a real browser.
 *
 *     node static/bench/mermaid.js [path of Chromium]
 *
 * Both are measured from what they are given (events; text) to a picture that the browser has laid out, in turns, five times
 * each; before that, each has drawn once.
 */

import { quantile, withChromium } from './chromium.js';

const ROUNDS = 5;

await withChromium(async (browser) => {
  await browser.run('stage.js', 'drawn', 20);
  await browser.run('stage.js', 'byMermaid', 20);
  for (const n of [200, 2000]) {
    /** @type {[number[], number[]]} */
    const [ours, theirs] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await browser.run('stage.js', 'drawn', n));
      theirs.push(await browser.run('stage.js', 'byMermaid', n));
    }
    const [a, b] = [quantile(ours, 0.5), quantile(theirs, 0.5)];
    console.log(`${String(n).padStart(5)} messages: ${a.toFixed(1)} ms here, ${b.toFixed(1)} ms by Mermaid, ${(b / a).toFixed(1)} times as long`);
  }
});
