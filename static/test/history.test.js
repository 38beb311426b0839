import assert from 'node:assert/strict';
import test from 'node:test';
import { gone } from '../js/edits/ghost.js';
import { createHistory } from '../js/edits/history.js';
import { marksOf } from '../js/marks.js';
import { FACTS, run } from './runs.js';

/** @param {string[]} log @param {number} [rev] @returns {import('../js/types').Run} */
const ran = (log, rev = 1) => ({ rev, events: [], end: true, log, facts: null, gate: null, captions: [] });
const edit = { kind: 'control', finished: true };
const address = { kind: 'open', finished: false };

test('undo goes back edit by edit, and a drag is one', () => {
  const history = createHistory();
  history.settle(ran([]), address);
  history.settle(ran(['a']), edit);
  for (const log of [['a', 'b 1'], ['a', 'b 2']]) history.settle(ran(log), { kind: 'control', finished: false });
  history.settle(ran(['a', 'b 3']), edit);
  assert.deepEqual(history.back(['a', 'b 3']), ['a']);
  history.settle(ran(['a']), { kind: 'open', finished: true });
  assert.deepEqual(history.back(['a']), []);
});

test('what came with the address is undone line by line', () => {
  const history = createHistory();
  history.settle(ran(['a', 'b']), address);
  assert.deepEqual(history.back(['a', 'b']), ['a']);
});

test('more of the same run is no edit', () => {
  const history = createHistory();
  history.settle(ran(['a'], 4), edit);
  const more = ran(['a'], 4);
  history.grow(more);
  assert.equal(history.settled, more);
  history.grow(ran(['b'], 5));
  assert.equal(history.settled, more);
  assert.ok(history.differs(ran(['b'])) && !history.differs(ran(['a'])));
});

test('a ghost is only what differs', () => {
  const [before, now] = ['four-way-close', 'lost-last-ack'].map((name) => marksOf(run(name), FACTS));
  assert.deepEqual(gone(before, before), { arrows: [], bands: [] });
  const was = gone(before, now);
  assert.ok(was.arrows.length > 0 && was.bands.length > 0 && was.arrows.every((a) => a.fate === 'arrived'));
});
