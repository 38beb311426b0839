import assert from 'node:assert/strict';
import test from 'node:test';
import { areasOf, axisTo, cellAt, gridOf, lineOf, samplesOf } from '../js/panels/fleet.js';

/** @param {number} at @param {string} host @param {Record<string, number>} states @param {number[]} [map] */
const told = (at, host, states, map) => /** @type {import('../js/types').Event} */ (/** @type {unknown} */ ({ at, ev: 'counters', host, counts: { states, map } }));

test('the areas lie one on the other, from opening to waiting, and begin with nothing', () => {
  const samples = samplesOf([told(1e6, 'client', { TIME_WAIT: 8, SYN_SENT: 2 }), told(1e6, 'server', { ESTABLISHED: 1 }), told(2e6, 'client', { TIME_WAIT: 10 })], 'client');
  const { times, areas, most } = areasOf(samples, 3e6);
  assert.deepEqual(times, [0, 1e6, 2e6, 3e6]);
  assert.deepEqual(areas, [
    { state: 'SYN_SENT', low: [0, 0, 0, 0], high: [0, 2, 0, 0] },
    { state: 'TIME_WAIT', low: [0, 2, 0, 0], high: [0, 10, 10, 10] },
  ]);
  assert.equal(most, 10);
});

test('the run before an edit is one line over the areas, and none when it was the same', () => {
  const [before, now] = [2, 8].map((waiting) => samplesOf([told(1e6, 'client', { TIME_WAIT: waiting, SYN_SENT: 2 }), told(2e6, 'client', { TIME_WAIT: waiting })], 'client'));
  assert.deepEqual(lineOf(before, 3e6, areasOf(now, 4e6)), { points: [{ at: 0, n: 0 }, { at: 1e6, n: 4 }, { at: 2e6, n: 2 }, { at: 3e6, n: 2 }], most: 4 });
  assert.equal(lineOf(now, 4e6, areasOf(now, 4e6)), null);
  assert.equal(lineOf([], 4e6, areasOf(now, 4e6)), null, 'nothing was open');
});

test('an axis has round steps and room for the largest number', () => {
  for (const n of [0, 1, 4, 7, 20, 21, 99, 100, 470.5, 28_232, 600_000]) {
    const { top, step } = axisTo(n);
    assert.ok(top >= n && top > 0, `${top} for ${n}`);
    assert.ok(Number.isInteger(top / step) && top / step <= 6, `steps of ${step} up to ${top}`);
    assert.match(String(step), /^[125]0*$/);
  }
});

test('a cell knows the use of its port, and ports behind the map are free', () => {
  const map = [15, 0, 1, 1, 1, 0, 2, 0, 0, 1, 1, 2];
  assert.deepEqual(cellAt(map, 40_000, 0), { port: 40_000, open: 0, waiting: 1 });
  assert.deepEqual(cellAt(map, 40_000, 15), { port: 40_015, open: 1, waiting: 0 });
  assert.deepEqual(cellAt(map, 40_000, 17), { port: 40_017, open: 0, waiting: 0 });
  assert.deepEqual(cellAt(map, 40_000, 18), { port: 40_018, open: 1, waiting: 2 });
  assert.deepEqual(cellAt(map, 40_000, 19), { port: 40_019, open: 0, waiting: 0 });
  assert.deepEqual(cellAt(undefined, 40_000, 3), { port: 40_003, open: 0, waiting: 0 });
});

test('every port has a cell, at any width', () => {
  for (const ports of [1, 20, 1000, 28_232, 64_512]) {
    for (const width of [120, 340, 700, 1100]) {
      const { size, columns, rows } = gridOf(ports, width);
      assert.ok(columns * rows >= ports && columns * size <= width && size >= 2, `${ports} ports on ${width} px`);
    }
  }
});
