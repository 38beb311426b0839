/**
 * say.js: from an event to a sentence.
 *
 * Events carry codes and fields; the sentences live in words/en.json and words/zh.json. This module is the browser's
 * reader of those catalogues; package lessons is the server's, and test/fixtures/say-fixtures.json is read by the tests of both, so
 * the list that the server wrote and the sentence that the page speaks are the same text.
 *
 * The rules, which both readers keep:
 *
 * 1. An event that concerns a segment but does not describe it (arrived, lost, expired, ignored, held) borrows flags, kind,
 *    nth, seq, ack, len and retry from the `sent` or `copied` event of that segment.
 * 2. Its key is the first of `say.{ev}.{why}.{to}`, `say.{ev}.{why}`, `say.{ev}.{do}.{timer}`, `say.{ev}.{do}`, `say.{ev}`
 *    that the catalogue has; parts that the event lacks make no key. A `link` event has no `why`: it counts as `both`,
 *    `loss` or `delay`, by the fields that it has; a `read` that has `foreign` counts as that, and `counters` of a host
 *    that connects to nobody as `served`. A call of `recv_eof`, which is no call of the system but what a program does with
 *    one, counts as `to-end`.
 * 3. Each `{name}` is replaced by the field of that name, an absent one by nothing, except that an absent `seq` is 0.
 *    `from`, `to` and `host` are names: `{host}` is said as `host.{host}` if the catalogue has it. `at` (as `{time}`),
 *    `due`, `for` and `delay` are times, `loss` is a share.
 *    The counts of a `counters` event count as its fields.
 * 4. A time is said exactly and in the unit that people use for it: `0 s`, below 10 ms `5 ms` (at most three decimals, no
 *    trailing zero), below 10 s with at least two decimals (`0.25 s`, `1.00 s`, `0.055 s`), from there without trailing
 *    zeros (`13.25 s`, `60 s`). A loss in parts per million is `20 %`, `0.5 %`.
 *
 * The sentence has no subject: the page writes who did it in front of it.
 */

import { fill, hostName, share, time } from '../units.js';

/** @typedef {import('../types').Event} Event @typedef {import('../types').Words} Words */

const TIMES = new Set(['due', 'for', 'delay']);
const BORROWED = /** @type {const} */ (['flags', 'kind', 'nth', 'seq', 'ack', 'len', 'retry']);

/**
 * The sentence for one event.
 * @param {Words} words
 * @param {Event} event
 * @param {Event} [sent] the event that sent its segment
 * @returns {string}
 */
export function say(words, event, sent) {
  return told(words, 'say.', event, sent) ?? '';
}

/**
 * The same in short, for who has heard it in full: what happens, without numbers and reasons.
 * @param {Words} words
 * @param {Event} event
 * @param {Event} [sent]
 * @returns {string}
 */
export function brief(words, event, sent) {
  return told(words, 'brief.', event, sent) ?? say(words, event, sent);
}

/**
 * The reason for one event, if the catalogue has one.
 * @param {Words} words
 * @param {Event} event
 * @param {Event} [sent]
 * @returns {string | null}
 */
export function why(words, event, sent) {
  return told(words, 'why.', event, sent);
}

/**
 * The source for one event: by its reason, or by what a timer did.
 * @param {import('../types').Sources} sources
 * @param {Event} event
 */
export function cite(sources, event) {
  const keys = event.why ? [`cite.${event.ev}.${event.why}`, `cite.${event.why}.${event.to}`, `cite.${event.why}`] : [`cite.${event.ev}.${event.do}.${event.timer}`];
  for (const key of keys) if (Object.hasOwn(sources, key)) return sources[key];
  return null;
}

/** @param {Words} words @param {string} prefix @param {Event} event @param {Event} [sent] @returns {string | null} */
function told(words, prefix, event, sent) {
  const e = whole(event, sent);
  const key = keyOf(words, prefix, e);
  return key === null ? null : fill(words[key], (name) => value(words, e, name)).trimEnd();
}

/** An event with what it borrows. @param {Event} event @param {Event} [sent] @returns {any} */
function whole(event, sent) {
  /** @type {any} */
  const e = { ...event.counts, ...event };
  if (sent) for (const field of BORROWED) e[field] ??= sent[field];
  return e;
}

/** The template of a sentence: events that have it in common are told alike. @param {Words} words @param {string} prefix @param {Event} e @returns {string | null} */
export function keyOf(words, prefix, e) {
  const reason = implied(e) || e.why;
  const keys = [
    reason && e.to && `${e.ev}.${reason}.${e.to}`,
    reason && `${e.ev}.${reason}`,
    e.do && e.timer && `${e.ev}.${e.do}.${e.timer}`,
    e.do && `${e.ev}.${e.do}`,
    e.ev,
  ];
  const key = keys.find((key) => key && Object.hasOwn(words, prefix + key));
  return key ? prefix + key : null;
}

/** The reason of an event that has none, by the fields that it has. @param {Event} e */
function implied(e) {
  if (e.ev === 'read' && e.foreign) return 'foreign';
  if (e.ev === 'call' && e.call === 'recv_eof') return 'to-end';
  if (e.ev === 'counters' && !e.counts?.connects) return 'served';
  if (e.ev !== 'link') return '';
  if (e.loss !== undefined && e.delay !== undefined) return 'both';
  return e.loss !== undefined ? 'loss' : e.delay !== undefined ? 'delay' : '';
}

/** @param {Words} words @param {any} e @param {string} name */
function value(words, e, name) {
  if (name === 'time') return time(e.at);
  if (name === 'host') return hostName(words, e.host ?? '');
  if (name === 'call' && e.call === 'recv_eof') return 'recv';
  if (name === 'seq') return String(e.seq ?? 0);
  if (name === 'ret') return String(e.ret ?? 0);
  const field = e[name] ?? (name === 'share' || name === 'for' ? 0 : undefined);
  if (field === undefined) return '';
  if (TIMES.has(name)) return time(field);
  return name === 'loss' || name === 'share' ? share(field) : String(field);
}
