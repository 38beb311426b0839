import assert from 'node:assert/strict';
import test from 'node:test';
import { endsOf, marksOf, placeAt } from '../js/marks.js';
import { createVoice } from '../js/voice.js';
import { FACTS, NAMES, file, run } from './runs.js';

const marks = (/** @type {string} */ name) => marksOf(run(name), FACTS);
const bands = (/** @type {string} */ name, /** @type {string} */ host) => marks(name).bands.filter((b) => b.host === host).map((b) => [b.state, b.from, b.to]);

test('the lifelines of the lost last ACK are the table of lesson 6', () => {
  assert.deepEqual(bands('lost-last-ack', 'client'), [
    ['ESTABLISHED', 0, 0], ['FIN_WAIT_1', 0, 100_000], ['FIN_WAIT_2', 100_000, 250_000], ['TIME_WAIT', 250_000, 7_250_000], ['CLOSED', 7_250_000, null]]);
  assert.deepEqual(bands('lost-last-ack', 'server'), [
    ['ESTABLISHED', 0, 50_000], ['CLOSE_WAIT', 50_000, 200_000], ['LAST_ACK', 200_000, 1_300_000], ['CLOSED', 1_300_000, null]]);
});

test('crossing FINs give two CLOSINGs', () => {
  for (const host of ['client', 'server']) assert.ok(bands('simultaneous-close', host).some(([state]) => state === 'CLOSING'), host);
});

test('a lost segment ends where it was lost, and its path leads on to where it would have landed', () => {
  const lost = marks('lost-last-ack').arrows.find((a) => a.fate === 'lost');
  assert.ok(lost);
  assert.equal(placeAt(lost, lost.end ?? 0), 0.6);
  assert.deepEqual(lost.path.at(-1), { at: 300_000, x: 1 });
});

test('a retransmission knows what it repeats', () => {
  const again = marks('lost-last-ack').arrows.filter((a) => a.retry);
  assert.deepEqual(again.map((a) => [a.kind, a.nth, a.retry, a.of]), [['FIN', 2, 1, 3]]);
});

test('a held segment travels at the pace of its link and waits half way', () => {
  const held = marks('everything').arrows.find((a) => a.held);
  assert.ok(held);
  const [, wait, on, land] = held.path;
  assert.equal(wait.x, 0.5);
  assert.equal(on.at - wait.at, held.held);
  assert.equal(land.at, held.end);
});

test('a copy that has not come yet waits half way, and is not drawn as if it had', () => {
  const whole = run('everything');
  const copy = marks('everything').arrows.find((a) => a.copy);
  assert.ok(copy?.end);
  const before = whole.filter((e) => e.at < (copy.end ?? 0));
  const known = before.at(-1)?.at ?? 0;
  assert.ok(known > copy.sent + copy.flight, 'the run goes on while the copy is under way');
  const waiting = marksOf(before, FACTS).arrows.find((a) => a.copy);
  assert.ok(waiting);
  assert.equal(waiting.fate, 'flying');
  assert.equal(placeAt(waiting, known), 0.5);
});

test('a retransmitted FIN restarts the TIME_WAIT bracket', () => {
  const waits = marks('lost-last-ack').brackets.filter((b) => b.timer === 'TIME_WAIT').map((b) => [b.from, b.due, b.to, b.end, b.again]);
  assert.deepEqual(waits, [[250_000, 6_250_000, 1_250_000, 'restart', false], [1_250_000, 7_250_000, 7_250_000, 'fire', true]]);
});

for (const name of NAMES) {
  test(`${name}: no band but a preset is without duration, and a host's bands follow each other`, () => {
    for (const host of FACTS.hosts) {
      let to = /** @type {number | null} */ (null);
      for (const band of marks(name).bands.filter((b) => b.host === host)) {
        assert.ok(band.preset || band.to === null || band.to > band.from);
        if (to !== null) assert.equal(band.from, to);
        to = band.to;
      }
    }
  });

  test(`${name}: segments only move on, from the sender at 0 to the receiver at 1`, () => {
    for (const arrow of marks(name).arrows) {
      let x = -1;
      for (const p of arrow.path) x = assertAtLeast(p.x, x);
      assert.equal(placeAt(arrow, arrow.sent - 1), 0);
      if (arrow.fate === 'arrived') assert.equal(placeAt(arrow, arrow.end ?? 0), 1);
    }
  });
}

/** @param {number} x @param {number} least */
function assertAtLeast(x, least) {
  assert.ok(x >= least);
  return x;
}

test('how long an end would wait for a FIN is written when none has come, not before', () => {
  const timer = (/** @type {number} */ at, /** @type {string} */ action) => ({ at, ev: 'timer', host: 'client', timer: 'FIN_WAIT_2', do: action, due: 600_100_000 });
  const notes = (/** @type {string} */ how, /** @type {number} */ at) => marksOf([timer(100_000, 'start'), timer(at, how)], FACTS).notes.map((n) => [n.at, n.timer, n.dur]);
  assert.deepEqual(notes('stop', 250_000), []);
  assert.deepEqual(notes('fire', 600_100_000), [[600_100_000, 'FIN_WAIT_2', 600_000_000]]);
  for (const [lang, said] of [['en', 'waited 10 min'], ['zh', '等了 10 min']]) {
    const voice = createVoice(JSON.parse(file(`words/${lang}.json`)), {}, lang);
    assert.equal(voice.note({ host: 'client', conn: 1, at: 0, n: 0, kind: 'timer', text: '', timer: 'FIN_WAIT_2', dur: 600e6 }), said);
  }
});

test('jitter slants the whole path, and a hold on top of it waits half way', () => {
  const { arrows } = marksOf([
    { at: 0, ev: 'sent', host: 'client', seg: 1 }, { at: 0, ev: 'sent', host: 'client', seg: 2 }, { at: 0, ev: 'held', host: 'client', seg: 2, for: 30_000 },
    { at: 80_000, ev: 'arrived', host: 'server', seg: 1, why: 'jitter', for: 30_000, flight: 80_000 },
    { at: 100_000, ev: 'arrived', host: 'server', seg: 2, why: 'jitter', for: 20_000, flight: 70_000 },
  ], { hosts: ['client', 'server'], delay: 50_000 });
  assert.deepEqual(arrows[0].path, [{ at: 0, x: 0 }, { at: 80_000, x: 1 }]);
  assert.deepEqual(arrows[1].path.map((p) => p.at), [0, 35_000, 65_000, 100_000]);
});

test('the ends of a connection are those that it has segments from and to', () => {
  const all = /** @type {import('../js/types').Event[]} */ ([
    { at: 0, ev: 'sent', host: 'a', conn: 2, dst: 'server', seg: 1 }, { at: 0, ev: 'sent', host: 'b', conn: 2, dst: 'server', seg: 2 },
    { at: 50, ev: 'arrived', host: 'server', conn: 4, seg: 2 }, { at: 60, ev: 'lost', seg: 1 },
    { at: 70, ev: 'sent', host: 'a', conn: 2, dst: 'server', seg: 3 }, { at: 120, ev: 'arrived', host: 'server', conn: 5, seg: 3 },
  ]);
  const { arrows } = marksOf(all, { hosts: ['a', 'b', 'server'], delay: 50 });
  assert.deepEqual([...endsOf(arrows, 'a 2')], ['a 2', 'server 5']);
  assert.deepEqual([...endsOf(arrows, 'server 4')], ['server 4', 'b 2']);
});
