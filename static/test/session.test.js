import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { connect, nothing, queued, spliced } from '../js/session.js';

/** @typedef {import('../js/types').Request} Request */

const facts = /** @type {any} */ ({ knobs: [], actions: [], hosts: [] });
/** @param {Partial<import('../js/types').Splice>} s @returns {import('../js/types').Splice} */
const splice = (s) => ({ type: 'splice', figure: 'f', rev: 1, from: 0, events: [], end: true, ...s });
/** @param {...number} times @returns {import('../js/types').Event[]} */
const at = (...times) => times.map((t) => ({ at: t, ev: 'call' }));

test('a splice keeps the first events and brings the others', () => {
  const first = spliced(nothing(), splice({ events: at(1, 2, 3), facts, log: [] }));
  const next = spliced(first, splice({ rev: 2, from: 1, events: at(5), log: ['msl 1s'], facts, end: false }));
  const more = spliced(next, splice({ rev: 2, from: 2, events: at(6) }));
  assert.deepEqual(more.events.map((e) => e.at), [1, 5, 6]);
  assert.deepEqual([more.log, more.end, more.facts], [['msl 1s'], true, facts]);
  assert.deepEqual(first.events.map((e) => e.at), [1, 2, 3], 'who holds the old run keeps it');
  assert.deepEqual(spliced(more, splice({ rev: 3, facts })).log, [], 'a first splice without a log has an empty one');
});

test('the lines of one drag replace each other, other lines wait their turn, and an open clears the way', () => {
  /** @param {string} line @param {boolean} finished @returns {Request} */
  const line = (line, finished) => ({ kind: 'control', at: 0, do: line, finished });
  let queue = [line('link loss 1%', false), line('link loss 2%', false), line('msl 1s', true), line('link loss 3%', true)].reduce(queued, /** @type {Request[]} */ ([]));
  assert.deepEqual(queue.map((r) => r.kind === 'control' && r.do), ['link loss 2%', 'msl 1s', 'link loss 3%']);
  queue = queued(queue, { kind: 'open', log: [], finished: true });
  assert.deepEqual(queue.map((r) => r.kind), ['open']);
});

/** A socket whose other end is the test. */
class FakeSocket {
  static OPEN = 1;
  /** @type {FakeSocket[]} */
  static all = [];
  readyState = 0;
  /** @type {any[]} */
  sent = [];
  onopen = () => {};
  onclose = () => {};
  /** @type {(e: {data: string}) => void} */
  onmessage = () => {};
  constructor() { FakeSocket.all.push(this); }
  /** @param {string} text */
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.drop(); }
  accept() { this.readyState = 1; this.onopen(); }
  drop() { this.readyState = 3; this.onclose(); }
  /** @param {object} message */
  say(message) { this.onmessage({ data: JSON.stringify(message) }); }
  requests() { return this.sent.filter((m) => m.type !== 'credit'); }
}

test('an edit that was on its way when the server died is made again, after the run as it was', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const globals = /** @type {any} */ (globalThis);
  Object.assign(globals, { WebSocket: FakeSocket, window: { setTimeout: globals.setTimeout, addEventListener: () => {} } });
  t.after(() => { delete globals.WebSocket; delete globals.window; });
  /** @type {string[]} */
  const statuses = [];
  /** @type {string[][]} */
  const logs = [];
  const session = connect('ws://x', { status: (s) => statuses.push(s), spliced: (_, run) => logs.push(run.log), failed: () => {} }, 1);
  session.open('f', ['msl 1s'], false);
  session.dial();
  const [first] = FakeSocket.all;
  first.accept();
  assert.deepEqual(first.sent, [{ type: 'open', figure: 'f', log: ['msl 1s'], v: 1 }]);
  first.say(splice({ rev: 1, log: ['msl 1s'], facts }));
  session.control('f', 7, 'drop client ACK#1', true);
  session.control('f', 9, 'link loss 5%', true);
  assert.deepEqual(first.requests().at(-1), { type: 'control', figure: 'f', rev: 1, at: 7, do: 'drop client ACK#1' }, 'one at a time');
  first.drop();
  t.mock.timers.tick(1000);
  const second = FakeSocket.all[1];
  second.accept();
  assert.deepEqual(second.sent, [{ type: 'open', figure: 'f', log: ['msl 1s'], v: 1 }]);
  second.say(splice({ rev: 1, log: ['msl 1s'], facts }));
  second.say(splice({ rev: 2, log: ['msl 1s', 'drop client ACK#1'], facts }));
  second.say(splice({ rev: 3, log: ['msl 1s', 'drop client ACK#1', 'at 9us link loss 5%'], facts }));
  assert.deepEqual(second.requests().slice(1).map((m) => [m.rev, m.do]), [[1, 'drop client ACK#1'], [2, 'link loss 5%']]);
  assert.equal(second.sent.filter((m) => m.type === 'credit').length, 3, 'every batch is acknowledged');
  assert.equal(session.waiting('f'), false);
  assert.deepEqual(statuses, ['connecting', 'open', 'reconnecting', 'reconnecting', 'open']);
  assert.equal(logs.at(-1)?.length, 3);
});

test('a page that is left has no socket, and goes on where it was when somebody comes back to it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  FakeSocket.all = [];
  const globals = /** @type {any} */ (globalThis);
  const window = new EventTarget();
  Object.assign(globals, { WebSocket: FakeSocket, window: Object.assign(window, { setTimeout: globals.setTimeout }) });
  t.after(() => { delete globals.WebSocket; delete globals.window; });
  const session = connect('ws://x', { status: () => {}, spliced: () => {}, failed: () => {} }, 1);
  session.open('f', ['msl 1s'], false);
  session.dial();
  FakeSocket.all[0].accept();
  FakeSocket.all[0].say(splice({ rev: 1, log: ['msl 1s'], facts }));
  session.control('f', 7, 'drop client ACK#1', true);
  window.dispatchEvent(new Event('pagehide'));
  assert.equal(FakeSocket.all[0].readyState, 3);
  t.mock.timers.tick(60_000);
  assert.equal(FakeSocket.all.length, 1, 'nobody is there to connect again');
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  const second = FakeSocket.all[1];
  second.accept();
  second.say(splice({ rev: 1, log: ['msl 1s'], facts }));
  assert.deepEqual(second.requests().map((m) => m.log ?? m.do), [['msl 1s'], 'drop client ACK#1']);
});

test('batches of a long run are no answer to an edit', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  FakeSocket.all = [];
  const globals = /** @type {any} */ (globalThis);
  Object.assign(globals, { WebSocket: FakeSocket, window: { setTimeout: globals.setTimeout, addEventListener: () => {} } });
  t.after(() => { delete globals.WebSocket; delete globals.window; });
  /** @type {(Request | null)[]} */
  const answered = [];
  const session = connect('ws://x', { status: () => {}, spliced: (_, _run, a) => answered.push(a), failed: () => {} }, 1);
  session.open('f', [], false);
  session.dial();
  const [socket] = FakeSocket.all;
  socket.accept();
  socket.say(splice({ events: at(1), end: false, facts, log: [] }));
  session.control('f', 0, 'msl 1s', true);
  socket.say(splice({ from: 1, events: at(2), end: false }));
  socket.say(splice({ rev: 2, from: 1, events: at(3), facts, log: ['msl 1s'] }));
  assert.deepEqual(answered.map((a) => a?.kind), ['open', undefined, 'control']);
});

/** A session with figures f and g, both shown. @param {import('node:test').TestContext} t */
function shown(t) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  FakeSocket.all = [];
  const globals = /** @type {any} */ (globalThis);
  Object.assign(globals, { WebSocket: FakeSocket, window: { setTimeout: globals.setTimeout, addEventListener: () => {} } });
  t.after(() => { delete globals.WebSocket; delete globals.window; });
  /** @type {(Request | null)[]} */
  const answered = [];
  const session = connect('ws://x', { status: () => {}, spliced: (_, _run, a) => answered.push(a), failed: () => {} }, 1);
  session.open('f', [], false);
  session.open('g', [], false);
  session.dial();
  const [socket] = FakeSocket.all;
  socket.accept();
  for (const figure of ['f', 'g']) socket.say(splice({ figure, rev: 1, facts, log: [] }));
  answered.length = 0;
  return { session, socket, answered };
}

test('each figure has its own patience: an answer to one is none to another', (t) => {
  const { session, socket } = shown(t);
  session.control('f', 0, 'msl 1s', true);
  t.mock.timers.tick(6000);
  session.control('g', 0, 'msl 1s', true);
  socket.say(splice({ figure: 'g', rev: 2, facts, log: ['msl 1s'] }));
  assert.equal(socket.readyState, 1);
  t.mock.timers.tick(4000);
  assert.equal(socket.readyState, 3, 'f has waited for 10 s');
});

test('what is taken back is taken out of the log as it is then', (t) => {
  const { session, socket } = shown(t);
  session.control('f', 0, 'msl 1s', true);
  session.control('f', 0, 'link loss 5%', true);
  session.open('f', (log) => log.filter((line) => line !== 'msl 1s'));
  socket.say(splice({ rev: 2, facts, log: ['msl 1s'] }));
  socket.say(splice({ rev: 3, facts, log: ['msl 1s', 'link loss 5%'] }));
  assert.deepEqual(socket.requests().at(-1), { type: 'open', figure: 'f', log: ['link loss 5%'], v: 1 });
});

test('a control that was aimed at a run that is gone is made again', (t) => {
  const { session, socket, answered } = shown(t);
  session.control('f', 7, 'link loss 5%', true);
  socket.say(splice({ rev: 4, facts, log: ['msl 1s'] }));
  assert.deepEqual(answered.map((a) => a?.kind), [undefined]);
  assert.deepEqual(socket.requests().at(-1), { type: 'control', figure: 'f', rev: 4, at: 7, do: 'link loss 5%' });
  assert.ok(session.waiting('f'));
  socket.say(splice({ rev: 4, facts, log: ['msl 1s'] }));
  assert.ok(session.waiting('f'), 'the same run once more is no answer either');
  socket.say(splice({ rev: 5, facts, log: ['msl 1s', 'at 7us link loss 5%'] }));
  assert.deepEqual(answered.map((a) => a?.kind), [undefined, undefined, 'control']);
  assert.equal(session.waiting('f'), false);
});

// The server's tests write these examples, so that neither side can change the protocol alone.
test('the page speaks the wire of the examples that the server has too', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  FakeSocket.all = [];
  const globals = /** @type {any} */ (globalThis);
  Object.assign(globals, { WebSocket: FakeSocket, window: { setTimeout: globals.setTimeout, addEventListener: () => {} } });
  t.after(() => { delete globals.WebSocket; delete globals.window; });
  /** @param {string} name @returns {Promise<any>} */
  const example = async (name) => JSON.parse(await readFile(new URL(`../../web/testdata/wire/${name}.json`, import.meta.url), 'utf8'));
  const [open, first, credit, control, second, bad, error] = await Promise.all(['open', 'splice', 'credit', 'control', 'splice-after-control', 'control-bad', 'error'].map(example));
  /** @type {import('../js/types').Run} */
  let run = nothing();
  /** @type {any} */
  let refused = null;
  const session = connect('ws://x', { status: () => {}, spliced: (_, now) => { run = now; }, failed: (_, e) => { refused = e; } }, open.v);
  session.open(open.figure, open.log, false);
  session.dial();
  const [socket] = FakeSocket.all;
  socket.accept();
  assert.deepEqual(socket.sent.at(-1), open);
  socket.say(first);
  assert.deepEqual(run.events, first.events);
  assert.deepEqual([run.log, run.facts, run.end], [first.log, first.facts, first.end]);
  session.control(control.figure, control.at, control.do, true);
  assert.deepEqual(socket.sent.at(-1), control);
  socket.say(second);
  assert.deepEqual(run.events, first.events.slice(0, second.from).concat(second.events));
  assert.deepEqual(socket.sent.at(-1), credit);
  assert.deepEqual(run.log, second.log);
  session.control(bad.figure, bad.at, bad.do, true);
  assert.deepEqual(socket.requests().at(-1), bad);
  socket.say(error);
  assert.deepEqual(refused, error);
  assert.deepEqual(run.log, second.log, 'what was refused changes nothing');
});

test('a question, a guess and a verdict are those of the examples that the server has too', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  FakeSocket.all = [];
  const globals = /** @type {any} */ (globalThis);
  Object.assign(globals, { WebSocket: FakeSocket, window: { setTimeout: globals.setTimeout, addEventListener: () => {} } });
  t.after(() => { delete globals.WebSocket; delete globals.window; });
  /** @param {string} name @returns {Promise<any>} */
  const example = async (name) => JSON.parse(await readFile(new URL(`../../web/testdata/wire/${name}.json`, import.meta.url), 'utf8'));
  const [open, gate, answer, verdict, past, judge, judged] = await Promise.all(['open-asking', 'splice-gate', 'answer', 'verdict', 'splice-past-gate', 'judge', 'verdict-challenge'].map(example));
  let run = nothing();
  /** @type {any[]} */
  const verdicts = [];
  const session = connect('ws://x', { status: () => {}, spliced: (_, now) => { run = now; }, failed: () => assert.fail('an error'), verdict: (_, v) => verdicts.push(v) }, 1);
  session.asking(open.figure, { lang: open.lang, shown: open.shown });
  session.open(open.figure, [], false);
  session.dial();
  const [socket] = FakeSocket.all;
  socket.accept();
  assert.deepEqual(socket.sent.at(-1), { ...open, log: [], v: 1 });
  socket.say(gate);
  assert.deepEqual([run.gate, run.captions, run.end], [gate.gate, gate.captions, true]);
  assert.equal(run.events.at(-1)?.ev, 'gate', 'the figure stops there');
  assert.ok(run.events.slice(0, -1).every((e) => e.at < gate.gate.at), 'and nothing is there to peek at');
  session.say(open.figure, { type: 'answer', ask: answer.ask, guess: answer.guess });
  assert.deepEqual(socket.sent.at(-1), answer);
  socket.say(verdict);
  socket.say(past);
  assert.equal(run.gate, null);
  assert.ok(run.events.every((e) => e.ev !== 'gate'), 'the gate is no part of the run');
  assert.deepEqual(run.captions, past.captions);
  session.say(open.figure, { type: 'judge', ask: judge.ask });
  assert.deepEqual(socket.sent.at(-1), judge);
  socket.say(judged);
  assert.deepEqual(verdicts, [verdict, judged]);
});
