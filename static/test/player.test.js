import assert from 'node:assert/strict';
import test from 'node:test';
import { createPlayer } from '../js/player.js';
import { instantsOf } from '../js/marks.js';
import { timescale } from '../js/timescale.js';
import { FACTS, run } from './runs.js';

/** A page whose frames come when the test says so. @param {boolean} reduced */
function page(reduced) {
  let now = 0;
  /** @type {((t: number) => void) | null} */
  let next = null;
  Object.assign(globalThis, {
    matchMedia: () => ({ matches: reduced }),
    document: { hidden: false, addEventListener: () => {} },
    requestAnimationFrame: (/** @type {(t: number) => void} */ f) => { next = f; return 1; },
  });
  Object.defineProperty(globalThis, 'performance', { value: { now: () => now }, configurable: true });
  /** @type {number[]} */
  const drawn = [];
  const player = createPlayer({ draw: (shown) => { drawn.push(shown); return false; }, changed: () => {} });
  const events = run('lost-last-ack');
  const scale = timescale(events, FACTS);
  player.load(scale, instantsOf(events), -Infinity);
  const frame = (/** @type {number} */ ms) => { now += ms; const f = next; next = null; f?.(now); };
  return { player, frame, drawn, scale, idle: () => next === null };
}

test('stepping back is the exact inverse of stepping forward', () => {
  const { player } = page(false);
  const there = [player.t];
  for (let i = 0; i < 10; i++) { player.step(1); there.push(player.t); }
  assert.deepEqual(there.slice(1), [0, 50_000, 100_000, 200_000, 250_000, 280_000, 1_200_000, 1_250_000, 1_300_000, 7_250_000]);
  for (const t of there.reverse()) { assert.equal(player.t, t); player.step(-1); }
});

test('it plays at 60 px a second, whatever the time that those pixels are', () => {
  const { player, frame, scale } = page(false);
  player.play();
  frame(0);
  for (let i = 0; i < 60; i++) frame(1000 / 60);
  assert.ok(Math.abs(scale.y(player.t) - scale.y(scale.start) - 60) < 0.01);
  player.speed = 2;
  for (let i = 0; i < 60; i++) frame(1000 / 60);
  assert.ok(Math.abs(scale.y(player.t) - scale.y(scale.start) - 180) < 0.01);
});

test('a frame that comes much too late moves nothing, and at the end it stops', () => {
  const { player, frame, idle, scale } = page(false);
  player.play();
  frame(0);
  const before = player.t;
  frame(5000);
  assert.equal(player.t, before);
  for (let i = 0; i < 400; i++) frame(100);
  assert.equal(player.t, scale.end);
  assert.equal(player.playing, false);
  assert.ok(idle(), 'nothing runs when nothing moves');
});

test('after a step the picture glides to where the run already is', () => {
  const { player, frame, drawn } = page(false);
  frame(0);
  player.step(1);
  player.step(1);
  assert.equal(player.t, 50_000);
  frame(16);
  assert.ok((drawn.at(-1) ?? 0) < 50_000);
  frame(480);
  assert.equal(drawn.at(-1), 50_000);
});

test('with reduced motion it plays in steps, one every second and a half, and never glides', () => {
  const { player, frame, drawn } = page(true);
  player.play();
  const seen = new Set();
  for (let i = 0; i < 100; i++) { frame(50); seen.add(player.t); }
  assert.deepEqual([...seen].filter((t) => t >= 0).slice(0, 4), [0, 50_000, 100_000, 200_000]);
  player.step(1);
  frame(16);
  assert.equal(drawn.at(-1), player.t);
});
