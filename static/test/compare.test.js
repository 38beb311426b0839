import assert from 'node:assert/strict';
import test from 'node:test';
import { differences, identities, sameMoment } from '../js/edits/compare.js';
import { run } from './runs.js';

const [normal, lost] = [run('four-way-close'), run('lost-last-ack')];

test('the same past keeps the playhead where it is', () => {
  assert.equal(sameMoment(lost, 120_000, lost.slice(0, 16)), 120_000);
  assert.equal(sameMoment(lost, -18_000, normal), -18_000);
});

test('with another MSL the playhead stays on the end of the wait', () => {
  const longer = lost.map((e) => (e.at === 7_250_000 ? { ...e, at: 21_250_000 } : e.due && e.timer === 'TIME_WAIT' ? { ...e, due: e.due + 14_000_000 } : e));
  assert.equal(sameMoment(lost, 7_250_000, longer), 21_250_000);
});

test('with another delay it stays on the event, and as long after it as there is time', () => {
  const slow = lost.map((e) => ({ ...e, at: e.at * 2 }));
  assert.equal(sameMoment(lost, 250_000, slow), 500_000);
  assert.equal(sameMoment(lost, 260_000, slow), 510_000);
});

test('an event keeps its name in another run, whatever its number', () => {
  const moved = lost.map((e) => (e.seg ? { ...e, seg: e.seg + 40, at: e.at + 7 } : e));
  assert.deepEqual(identities(moved), identities(lost));
});

test('what an edit changed is told in the order in which it matters', () => {
  const short = normal.map((e) => (e.at === 4_250_000 ? { ...e, at: 6_250_000 } : e));
  assert.deepEqual(differences(short, lost), [
    { key: 'closed.later', host: 'client', by: 1_000_000 }, { key: 'closed.later', host: 'server', by: 1_000_000 },
    { key: 'more', kind: 'FIN', n: 1 }, { key: 'more', kind: 'ACK', n: 1 }]);
  assert.deepEqual(differences(lost, lost), []);
});

test('of several connections of a host those are told whose ends differ, alike ones together', () => {
  const ends = (/** @type {Record<number, number>} */ at) => Object.entries(at).flatMap(([conn, at]) => [{ at: 0, ev: 'preset', host: 'client', conn: Number(conn), state: 'TIME_WAIT' }, { at, ev: 'state', host: 'client', conn: Number(conn), from: 'TIME_WAIT', to: 'CLOSED' }]);
  assert.deepEqual(differences(ends({ 1: 5, 2: 6, 3: 7, 4: 9 }), ends({ 1: 8, 2: 9, 3: 5, 4: 9 })), [{ key: 'closed.later', host: 'client', by: 3, conns: [1, 2] }, { key: 'closed.sooner', host: 'client', by: 2, conns: [3] }]);
  assert.deepEqual(differences(ends({ 1: 5, 2: 6 }), ends({ 1: 8, 2: 9 })), [{ key: 'closed.later', host: 'client', by: 3 }], 'all of them');
  assert.deepEqual(differences(ends({ 1: 5, 2: 6 }), [...ends({ 1: 5 }), { at: 0, ev: 'preset', host: 'client', conn: 2, state: 'TIME_WAIT' }]), [{ key: 'closed.never', host: 'client', conns: [2] }]);
  const listening = (/** @type {import('../js/types').Event[]} */ events) => [{ at: 0, ev: 'state', host: 'client', conn: 1, to: 'LISTEN' }, ...events];
  assert.deepEqual(differences(listening(ends({ 2: 5 })), listening(ends({ 2: 6 }))), [{ key: 'closed.later', host: 'client', by: 1 }], 'a listening socket is no connection');
  assert.deepEqual(differences(listening(ends({ 2: 5, 3: 5 })), listening(ends({ 2: 6, 3: 5 }))), [{ key: 'closed.later', host: 'client', by: 1, conns: [1] }], 'and is not counted');
  assert.deepEqual(differences(ends({ 1: 5 }), ends({ 1: 5, 2: 6 })).filter(({ key }) => key.startsWith('closed')), [], 'one that is new has no end to compare');
});

test('of a load, what it adds up to', () => {
  const counts = { connects: 100, opened: 58, failed: 42, rst_sent: 0, time_wait_full: 0 };
  const load = (/** @type {object} */ changed) => /** @type {any} */ ([...normal, { at: 14e6, ev: 'counters', host: 'client', counts: { ...counts, ...changed } },
    { at: 14e6, ev: 'counters', host: 'server', counts: { ...counts, connects: 0 } }]);
  assert.deepEqual(differences(load({}), load({ opened: 100, failed: 0 })), [{ key: 'sum.failed', was: 42, n: 0 }, { key: 'sum.opened', was: 58, n: 100 }]);
  assert.deepEqual(differences(load({}), load({})), []);
  assert.deepEqual(differences(load({}), [...load({}).slice(0, -1)]), [{ key: 'way' }]);
});

test('segments with data have words of their own, as no flag names them', () => {
  const data = normal.toSpliced(-3, 0, { at: 2_000_000, ev: 'sent', host: 'server', kind: 'data', nth: 1 });
  assert.deepEqual(differences(normal, data), [{ key: 'more.data', kind: 'data', n: 1 }]);
  assert.deepEqual(differences(data, normal), [{ key: 'fewer.data', kind: 'data', n: 1 }]);
});

test('bytes that an application reads are told, and those of another connection by themselves', () => {
  const read = normal.toSpliced(-3, 0, { at: 2_000_000, ev: 'read', host: 'server', len: 200, foreign: 100 });
  assert.deepEqual(differences(normal, read), [{ key: 'foreign.more', host: 'server', n: 100 }, { key: 'reads.more', host: 'server', n: 100 }]);
  assert.deepEqual(differences(read, normal), [{ key: 'foreign.fewer', host: 'server', n: 100 }, { key: 'reads.fewer', host: 'server', n: 100 }]);
});

test('a run that only gets to its ends by another way is not called the same', () => {
  // The server's first ACK is lost; its FIN says the same, so the client passes FIN_WAIT_2 in no time.
  const skips = normal.map((e) => (e.host === 'client' && e.to === 'FIN_WAIT_2' ? { ...e, at: 250_000 } : e)).sort((a, b) => a.at - b.at);
  assert.deepEqual(differences(normal, skips), [{ key: 'skips', host: 'client', state: 'FIN_WAIT_2' }]);
  assert.deepEqual(differences(skips, normal), [{ key: 'enters', host: 'client', state: 'FIN_WAIT_2', time: 100_000 }]);
  const later = normal.map((e) => (e.to === 'FIN_WAIT_1' || e.to === 'CLOSE_WAIT' ? { ...e, at: e.at + 5000 } : e));
  assert.deepEqual(differences(normal, later), [{ key: 'enters', host: 'client', state: 'FIN_WAIT_1', time: 5000 }], 'the first of them');
  const window = normal.map((e) => (e.ev === 'sent' ? { ...e, wnd: 1000 } : e));
  assert.deepEqual(differences(normal, window), [{ key: 'way' }], 'every field counts');
  assert.deepEqual(differences(normal, normal.map((e) => ({ ...e }))), []);
});
