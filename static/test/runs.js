/**
 * runs.js: the runs that the tests read.
 *
 * They are what `fourwaves run FILE --format json` prints for the scenario named in SCENARIOS, so they are real; a test that
 * needs a longer one makes it with `chatter`.
 */

import { readFileSync } from 'node:fs';

/** @typedef {import('../js/types').Event} Event */

export const NAMES = ['four-way-close', 'lost-last-ack', 'simultaneous-close', 'six-retries', 'everything'];
export const FACTS = { hosts: ['client', 'server'], delay: 50_000 };

/** @param {string} name @returns {any} */
export function fixture(name) {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));
}

/** @param {string} name @returns {Event[]} */
export const run = (name) => fixture(name);

/** @param {string} path from static/ */
export function file(path) {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/**
 * Two hosts that talk without end: every 5 ms one of them sends, and a twentieth of it is lost.
 * @param {number} count events
 * @returns {Event[]}
 */
export function chatter(count) {
  /** @type {Event[]} */
  const events = [];
  for (let i = 0; events.length < count; i++) {
    const [host, other] = i % 2 ? ['server', 'client'] : ['client', 'server'];
    const at = i * 5000;
    const nth = (i >> 1) + 1;
    events.push({ at, ev: 'sent', host, conn: 1, seg: i + 1, kind: 'data', nth, flags: 'ACK', seq: 100 + i, ack: 300 + i, len: 1, wnd: 65535, why: 'data' });
    if (i % 20 === 7) events.push({ at: at + 30_000, ev: 'lost', host, seg: i + 1, flight: 50_000, why: 'chance' });
    else events.push({ at: at + 50_000, ev: 'arrived', host: other, conn: 1, seg: i + 1 });
    if (i % 10 === 0) events.push({ at, ev: 'timer', host, conn: 1, timer: 'RTO', do: i ? 'restart' : 'start', due: at + 1_000_000 });
    if (i % 40 === 0) events.push({ at, ev: 'state', host, conn: 1, from: 'A', to: `S${i}`, why: 'close-call' });
  }
  return events.sort((a, b) => a.at - b.at).slice(0, count);
}
