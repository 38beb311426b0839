/**
 * frame.js: what one frame costs the main thread while a run of 200 segments plays, 50 of them in flight, in a real browser.
 *
 *     node static/bench/frame.js [path of Chromium]
 *
 * The figures come from the browser's own recording: all tasks of the page's main thread (scripts, styles, layout, painting)
 * between one frame's beginning and the next one's. Beside it, in the same browser, runs a bare loop that moves 50 SVG groups: the
 * least that any such animation can cost here.
 */

import { quantile, withChromium } from './chromium.js';

const SECONDS = 6;
const ROUNDS = 3;

/** The work of each frame between the two marks, in milliseconds, and how often the page was laid out. @param {import('./chromium.js').TraceEvent[]} trace */
function frames(trace) {
  const mark = (/** @type {string} */ name) => {
    const found = trace.find((e) => e.name === name && e.cat.includes('user_timing'));
    if (!found) throw new Error(`the recording has no ${name}`);
    return found;
  };
  const [from, to] = [mark('measure-begins'), mark('measure-ends')];
  const main = trace.filter((e) => e.pid === from.pid && e.tid === from.tid && e.ts >= from.ts && e.ts < to.ts).sort((a, b) => a.ts - b.ts);
  const begins = main.filter((e) => e.name === 'FireAnimationFrame').map((e) => e.ts);
  const tasks = main.filter((e) => e.ph === 'X' && /^RunTask$/.test(e.name));
  // A frame's script runs inside a task that began before it.
  const starts = begins.map((ts) => tasks.findLast((task) => task.ts <= ts && ts <= task.ts + (task.dur ?? 0))?.ts ?? ts);
  const work = starts.slice(0, -1).map((ts, i) => tasks.reduce((sum, task) => sum + (task.ts >= ts && task.ts < starts[i + 1] ? task.dur ?? 0 : 0), 0) / 1000);
  return { work, layouts: main.filter((e) => e.name === 'Layout').length };
}

await withChromium(async (browser) => {
  /** @type {Record<'play' | 'bare', number[]>} */
  const work = { play: [], bare: [] };
  let [flying, layouts] = [Infinity, 0];
  /** @type {number[]} */
  const first = [];
  // In a page that has drawn nothing yet, as a reader's.
  const lesson = await browser.run('stage.js', 'lesson');
  for (let round = 0; round < ROUNDS; round++) {
    for (const what of /** @type {const} */ (['bare', 'play'])) {
      const { value, trace } = await browser.traced('stage.js', what, SECONDS);
      const found = frames(trace);
      work[what].push(...found.work);
      if (what === 'bare') continue;
      flying = Math.min(flying, value.flying);
      first.push(value.first);
      layouts += found.layouts;
    }
  }
  const line = (/** @type {string} */ name, /** @type {number[]} */ times) => console.log(`${name.padEnd(34)} ${String(times.length).padStart(5)} frames, median ${quantile(times, 0.5).toFixed(2)} ms, 99th percentile ${quantile(times, 0.99).toFixed(2)} ms`);
  line('bare loop over 50 SVG groups', work.bare);
  line(`200 segments, ${flying} of them in flight`, work.play);
  console.log(`ratio of the medians               ${(quantile(work.play, 0.5) / quantile(work.bare, 0.5)).toFixed(2)}`);
  console.log(`layouts                            ${layouts} in ${work.play.length} frames`);
  console.log(`first picture after its events     ${lesson.toFixed(0)} ms for a lesson's figure, the first of the page; ${quantile(first, 0.5).toFixed(0)} ms for the 200 segments (${first.map((ms) => ms.toFixed(0)).join(', ')})`);
});
