/**
 * mermaid.js: how long a finished diagram takes, drawn here and drawn by Mermaid from the same messages, in a real browser.
 *
 *     node static/bench/mermaid.js [path of Chromium]
 *
 * Both are measured from what they are given (events; text) to a picture that the browser has laid out, in turns. The first
 * rounds are not counted, because the browser is still compiling both. Of a long run the ladder draws what can be seen and a
 * good screen around it, and the rest when it comes near; Mermaid draws all of it.
 */

import { quantile, withChromium } from './chromium.js';

const [EARLY, ROUNDS] = [4, 5];

await withChromium(async (browser) => {
  for (const n of [200, 2000]) {
    /** @type {[number[], number[]]} */
    const [ours, theirs] = [[], []];
    for (let round = -EARLY; round < ROUNDS; round++) {
      const [here, there] = [await browser.run('stage.js', 'drawn', n), await browser.run('stage.js', 'byMermaid', n)];
      if (round < 0) continue;
      ours.push(here);
      theirs.push(there);
    }
    const [a, b] = [quantile(ours, 0.5), quantile(theirs, 0.5)];
    console.log(`${String(n).padStart(5)} messages: ${a.toFixed(1)} ms here, ${b.toFixed(1)} ms by Mermaid, ${(b / a).toFixed(1)} times as long`);
  }
});
