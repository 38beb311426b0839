import assert from 'node:assert/strict';
import test from 'node:test';
import { straight } from '../js/panels/axes.js';
import { CROSSING, crossing, timescale } from '../js/timescale.js';
import { NAMES, run } from './runs.js';

/** @typedef {import('../js/types').Event} Event */

const usual = { delay: 50_000 };
/** A run with events at these times. @param {...number} times @returns {Event[]} */
const at = (...times) => times.map((t) => ({ at: t, ev: 'call' }));

test('one crossing at the usual delay is CROSSING pixels, and active time is linear', () => {
  const scale = timescale(at(0, 50_000, 80_000, 100_000), usual);
  assert.equal(scale.y(50_000) - scale.y(0), CROSSING);
  assert.ok(Math.abs(scale.y(100_000) - scale.y(50_000) - CROSSING) < 1e-9);
  assert.equal(scale.y(25_000) - scale.y(0), CROSSING / 2);
  assert.deepEqual(scale.folds, []);
});

test('a silence is true for one round trip and then grows with its logarithm', () => {
  const height = (/** @type {number} */ s) => timescale(at(0, s), usual).height - timescale(at(0), usual).height;
  assert.equal(height(100_000), 2 * CROSSING);
  const decade = (/** @type {number} */ s) => height(10 * s) - height(s);
  assert.ok(decade(10e6) > 40 && decade(10e6) < 50, `${decade(10e6)}`);
  assert.ok(height(240e6) - height(60e6) > 24, 'one can see 240 s from 60 s');
  assert.ok(height(240e6) < 320, 'and both fit a screen');
});

test('a silence leaves the true slope without a corner', () => {
  const scale = timescale(at(0, 60e6), usual);
  const slope = (/** @type {number} */ t) => (scale.y(t + 100) - scale.y(t)) / 100;
  assert.ok(Math.abs(slope(100_100) / slope(99_800) - 1) < 0.01);
});

test('a long silence is folded, from its first round trip to what ends it', () => {
  const [fold] = timescale(at(0, 6_000_000), usual).folds;
  assert.deepEqual([fold.since, fold.from, fold.to], [0, 100_000, 6_000_000]);
});

test('a new delay changes the ruler from there on and nothing before', () => {
  const events = [...at(0, 50_000), /** @type {Event} */ ({ at: 60_000, ev: 'link', delay: 200_000 }), ...at(260_000)];
  const scale = timescale(events, usual);
  assert.equal(scale.y(50_000) - scale.y(0), CROSSING);
  assert.ok(Math.abs(scale.y(260_000) - scale.y(60_000) - crossing(200_000)) < 1e-9);
  assert.ok(crossing(200_000) > CROSSING && crossing(200_000) < 4 * CROSSING);
});

for (const name of NAMES) {
  const events = run(name);
  const scale = timescale(events, usual);

  test(`${name}: later is always further down, and the way back gives the time again`, () => {
    let before = -Infinity;
    for (let i = 0; i <= 2000; i++) {
      const t = scale.start + ((scale.end - scale.start) * i) / 2000;
      const y = scale.y(t);
      assert.ok(y > before, `at ${t}`);
      assert.ok(Math.abs(scale.at(y) - t) < 1 + Math.abs(t) / 1e6, `${scale.at(y)} is not ${t}`);
      before = y;
    }
  });

  test(`${name}: what comes later moves nothing that is drawn (rulings 22)`, () => {
    for (let n = 1; n < events.length; n++) {
      const cut = events[n].at;
      const part = timescale(events.slice(0, n), usual);
      for (let i = 0; i <= 20; i++) {
        const t = (cut * i) / 20;
        assert.ok(Math.abs(part.y(t) - scale.y(t)) < 1e-9, `cut at ${cut}, time ${t}`);
      }
    }
  });
}

for (const mode of /** @type {const} */ (['true', 'even'])) {
  test(`${mode}: time and height are each other's inverse, and later is further down`, () => {
    for (const name of NAMES) {
      const events = run(name);
      const scale = straight(events, usual.delay, mode);
      let above = scale.y(scale.start) - 1;
      for (let at = scale.start; at <= scale.end; at += Math.ceil((scale.end - scale.start) / 97)) {
        assert.ok(scale.y(at) > above, `${name} at ${at}`);
        above = scale.y(at);
        assert.ok(Math.abs(scale.at(scale.y(at)) - at) < 2, `${name}: ${at} comes back as ${scale.at(scale.y(at))}`);
      }
      assert.equal(scale.height, scale.y(scale.end));
      assert.deepEqual(scale.folds, []);
    }
  });
}

test('true scale is one straight line, however long the run is, and never a picture that no browser can draw', () => {
  const short = straight(at(0, 50_000, 1e6), usual.delay, 'true');
  assert.equal(short.y(50_000) - short.y(0), CROSSING);
  assert.equal(short.y(1e6) - short.y(0), 20 * CROSSING);
  const long = straight(at(0, 50_000, 240e6), usual.delay, 'true');
  assert.ok(long.height < 8100);
  assert.equal(Math.round(long.y(120e6) - long.y(0)), Math.round((long.y(240e6) - long.y(0)) / 2));
  assert.deepEqual(long.waits, [{ from: 150_000, to: 240e6 }]);
});

test('in even steps every instant is as far from the next', () => {
  const scale = straight(at(0, 0, 50_000, 60_000, 60e6), usual.delay, 'even');
  const ys = [0, 50_000, 60_000, 60e6].map(scale.y);
  assert.equal(new Set(ys.slice(1).map((y, i) => y - ys[i])).size, 1);
});

test('a fold says how much faster it plays, and where it can be skipped', () => {
  const scale = timescale(at(0, 60e6), usual);
  assert.equal(scale.factor(50_000), 1);
  assert.ok(scale.factor(30e6) > 100 && scale.factor(59e6) > scale.factor(30e6));
  const slope = (/** @type {number} */ t) => 1000 / (scale.y(t + 500) - scale.y(t - 500));
  assert.ok(Math.abs(slope(30e6) / slope(50_000) / scale.factor(30e6) - 1) < 0.01);
  assert.deepEqual(scale.waits, [{ from: 100_000, to: 60e6 }]);
});
