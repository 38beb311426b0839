/**
 * frame.page.js: the page of frame.js. It plays a run in which 50 segments are in flight for ten seconds and prints what the
 * frames took.
 */

import { createLadder } from '../js/ladder.js';
import { createPlayer } from '../js/player.js';
import { createVoice } from '../js/voice.js';
import { marksOf } from '../js/marks.js';
import { timescale } from '../js/timescale.js';

const SECONDS = 10;
/** Each host sends a segment every 2 ms, which takes 50 ms: 25 each way. */
const EVERY = 2000;
const FLIGHT = 50_000;

/** @returns {import('../js/types').Event[]} */
function run() {
  const events = [];
  for (let i = 0; i < 1000; i++) {
    const [host, other] = i % 2 ? ['server', 'client'] : ['client', 'server'];
    const at = (i >> 1) * EVERY;
    events.push({ at, ev: 'sent', host, conn: 1, seg: i + 1, kind: 'data', nth: (i >> 1) + 1, flags: 'ACK', seq: i, ack: i, len: 1, why: 'data' });
    events.push({ at: at + FLIGHT, ev: 'arrived', host: other, conn: 1, seg: i + 1 });
  }
  return events.sort((a, b) => a.at - b.at);
}

const words = await (await fetch('/words/en.json')).json();
const events = run();
const facts = { hosts: ['client', 'server'], delay: FLIGHT };
const marks = marksOf(events, facts);
const scale = timescale(events, { delay: FLIGHT });
/** @type {number[]} */
const script = [];
/** @type {number[]} */
const distance = [];
let before = 0;
let flying = 0;

const player = createPlayer({
  changed: () => {},
  draw(shown, t, ms) {
    const start = performance.now();
    const moves = ladder.frame(shown, t, ms);
    script.push(performance.now() - start);
    if (before) distance.push(start - before);
    before = start;
    flying = Math.max(flying, document.querySelectorAll('.pill').length);
    return moves;
  },
});
const stage = /** @type {HTMLElement} */ (document.querySelector('.stage'));
const root = stage.appendChild(Object.assign(document.createElement('div'), { className: 'ladder' }));
const ladder = createLadder(root, { voice: createVoice(words, {}, 'en'), select: () => {}, fate: () => {}, wake: () => player.wake(), skip: () => {}, forget: () => {} });
ladder.show(events, marks, scale, null);
player.load(scale, marks.instants, 2 * FLIGHT);
player.play();

setTimeout(() => {
  const at = (/** @type {number[]} */ times, /** @type {number} */ share) => Number([...times].sort((a, b) => a - b)[Math.floor(times.length * share)]?.toFixed(2));
  const result = { segments_in_flight: flying, frames: script.length, script_ms_median: at(script, 0.5), script_ms_95: at(script, 0.95), frame_ms_median: at(distance, 0.5), frame_ms_95: at(distance, 0.95) };
  console.log(`FRAMES ${JSON.stringify(result)}`);
}, SECONDS * 1000);
