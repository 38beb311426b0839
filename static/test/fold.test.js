import assert from 'node:assert/strict';
import test from 'node:test';
import { countAt, stateAt } from '../js/fold.js';
import { NAMES, chatter, file, run } from './runs.js';

/** The world by the slowest way there is: from the start, event by event. @param {import('../js/types').Event[]} events @param {number} t */
function slowly(events, t) {
  const states = /** @type {Record<string, string>} */ ({});
  const flying = new Set();
  const timers = /** @type {Record<string, number>} */ ({});
  for (const e of events) {
    if (e.at > t && e.ev !== 'preset') continue;
    if (e.ev === 'preset') states[e.host ?? ''] = e.state ?? '';
    if (e.ev === 'state') states[e.host ?? ''] = e.to ?? '';
    if (e.ev === 'sent' || e.ev === 'copied') flying.add(e.seg);
    if (['arrived', 'lost', 'expired'].includes(e.ev)) flying.delete(e.seg);
    if (e.ev === 'timer' && e.do?.includes('start')) timers[`${e.host} ${e.timer}`] = e.due ?? 0;
    if (e.ev === 'timer' && !e.do?.includes('start')) delete timers[`${e.host} ${e.timer}`];
  }
  return { states, flying: [...flying].sort(), timers };
}

/** @param {import('../js/types').World} world */
function plain(world) {
  const timers = Object.entries(world.hosts).flatMap(([host, h]) => Object.entries(h.timers).map(([name, timer]) => [`${host} ${name}`, timer.due]));
  const states = Object.entries(world.hosts).filter(([, h]) => h.state).map(([host, h]) => [host, h.state]);
  return { states: Object.fromEntries(states), flying: [...world.flying.keys()].sort(), timers: Object.fromEntries(timers) };
}

for (const name of NAMES) {
  test(`${name}: the world at any time, asked in any order, is what the events up to then say`, () => {
    const events = run(name);
    const times = [-5, ...new Set(events.flatMap((e) => [e.at - 1, e.at, e.at + 1]))];
    for (const t of [...times, ...times.reverse()]) assert.deepEqual(plain(stateAt(events, t)), slowly(events, t), `at ${t}`);
  });
}

test('a long run is folded from the store and gives the same', () => {
  const events = chatter(1000);
  for (const t of [0, 2_300_000, 17, 900_000, 899_999, 1e9, 64_000]) assert.deepEqual(plain(stateAt(events, t)), slowly(events, t));
});

test('asking changes nothing that was answered before', () => {
  const events = run('lost-last-ack');
  const early = stateAt(events, 60_000);
  const copy = structuredClone(early);
  stateAt(events, 8_000_000);
  assert.deepEqual(early, copy);
});

test('before the first instant the presets hold and nothing has happened', () => {
  const world = stateAt(run('lost-last-ack'), -20_000);
  assert.equal(world.hosts.client.state, 'ESTABLISHED');
  assert.equal(world.count, 2);
  assert.equal(countAt(run('everything'), -20_000), 0);
});

test('a host with several connections is in the state of the open one that changed last', () => {
  const events = /** @type {import('../js/types').Event[]} */ ([
    { at: 0, ev: 'state', host: 'server', conn: 2, to: 'LISTEN' },
    { at: 1, ev: 'state', host: 'server', conn: 1, to: 'FIN_WAIT_1' },
    { at: 2, ev: 'state', host: 'server', conn: 2, to: 'CLOSED' },
    { at: 3, ev: 'state', host: 'server', conn: 3, to: 'SYN_RCVD' },
    { at: 4, ev: 'state', host: 'server', conn: 1, to: 'TIME_WAIT' },
    { at: 5, ev: 'state', host: 'server', conn: 4, to: 'LISTEN' },
    { at: 6, ev: 'state', host: 'server', conn: 1, to: 'CLOSED' },
    { at: 7, ev: 'state', host: 'server', conn: 3, to: 'CLOSED' },
    { at: 8, ev: 'state', host: 'server', conn: 4, to: 'CLOSED' },
  ]);
  assert.deepEqual(events.map((e) => stateAt(events, e.at).hosts.server.state),
    ['LISTEN', 'FIN_WAIT_1', 'FIN_WAIT_1', 'SYN_RCVD', 'TIME_WAIT', 'TIME_WAIT', 'SYN_RCVD', 'LISTEN', 'CLOSED']);
});

test('the counts of a load hold from their event to the next one of the same host', () => {
  const load = JSON.parse(file('../web/testdata/wire/splice-load.json')).events;
  const of = (/** @type {any} */ e) => e.ev === 'counters' && e.host === 'client';
  const [first, second] = load.filter(of);
  assert.deepEqual(stateAt(load, first.at - 1).counts.client, undefined);
  assert.deepEqual(stateAt(load, first.at).counts.client, first.counts);
  assert.deepEqual(stateAt(load, second.at - 1).counts.client, first.counts);
  assert.deepEqual(stateAt(load, second.at).counts.client, second.counts);
});
