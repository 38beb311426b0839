/**
 * fold.js: how long the pure half of the picture takes for a run of 5,000 events.
 *
 *     node static/bench/fold.js
 *
 * A scrub asks for the world at any time, so what counts is the median of single questions all over the run, the first one
 * (which fills the store), and how long it takes to make marks and scale anew after a splice.
 */

import { marksOf } from '../js/marks.js';
import { stateAt } from '../js/fold.js';
import { timescale } from '../js/timescale.js';
import { FACTS, chatter } from '../test/runs.js';

const events = chatter(5000);
const end = events[events.length - 1].at;

/** @param {number} times @param {(i: number) => void} act @returns {number[]} milliseconds, sorted */
function measure(times, act) {
  const taken = [];
  for (let i = 0; i < times; i++) {
    const before = performance.now();
    act(i);
    taken.push(performance.now() - before);
  }
  return taken.sort((a, b) => a - b);
}

/** @param {string} what @param {number[]} taken */
function report(what, taken) {
  const at = (/** @type {number} */ share) => taken[Math.min(taken.length - 1, Math.floor(taken.length * share))].toFixed(4);
  console.log(`${what.padEnd(44)} median ${at(0.5)} ms   95 % ${at(0.95)} ms   n ${taken.length}`);
}

report('fold of 5,000 events, nothing stored', measure(50, () => stateAt([...events], end)));
stateAt(events, end);
report('the world at any time of 5,000 events', measure(5000, (i) => stateAt(events, (end * ((i * 7919) % 5000)) / 5000)));
report('marks of 5,000 events', measure(50, () => marksOf(events, FACTS)));
report('scale of 5,000 events', measure(50, () => timescale(events, FACTS)));
