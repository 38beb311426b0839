import assert from 'node:assert/strict';
import test from 'node:test';

/** A store as browsers have it, or one that keeps nothing. @param {boolean} full */
function store(full) {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return { getItem: (/** @type {string} */ k) => kept.get(k) ?? null, setItem: (/** @type {string} */ k, /** @type {string} */ v) => { if (full) throw new Error('full'); kept.set(k, v); } };
}
/** The module as a page loads it. @param {unknown} localStorage */
async function load(localStorage) {
  Object.assign(globalThis, { localStorage });
  return import(`../js/asks/progress.js?${Math.random()}`);
}

test('what was done first counts, and the next page knows of it', async () => {
  const kept = store(false);
  const page = await load(kept);
  page.mark('a/one', 'fins', 'wrong');
  page.mark('a/one', 'fins', 'right');
  page.mark('b/two', 'reset', 'solved');
  const next = await load(kept);
  assert.deepEqual(next.done(), [{ lesson: 'a', figure: 'a/one', ask: 'fins', how: 'wrong' }, { lesson: 'b', figure: 'b/two', ask: 'reset', how: 'solved' }]);
  assert.deepEqual(next.doneIn('a/one'), ['fins']);
  next.forget('a/one', ['fins']);
  assert.deepEqual((await load(kept)).doneIn('a/one'), []);
});

test('a browser that keeps nothing forgets at the end of the page, and no sooner', async () => {
  for (const none of [store(true), undefined, { getItem: () => 'nonsense', setItem: () => {} }, { getItem: () => '[1]', setItem: () => {} }]) {
    const page = await load(none);
    page.mark('a/one', 'fins', 'right');
    assert.deepEqual(page.doneIn('a/one'), ['fins']);
  }
});
