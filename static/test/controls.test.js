import assert from 'node:assert/strict';
import test from 'node:test';
import { actionName, knobName, lineOf, notation, valueAt } from '../js/controls.js';
import { fateLine, instantOf, isFate, microseconds, ownFate, ownLine, readable, switched, takenBack, without } from '../js/edits/lines.js';
import { stateAt } from '../js/fold.js';
import { createVoice } from '../js/voice.js';
import { file } from './runs.js';

const voice = createVoice(JSON.parse(file('words/en.json')), {}, 'en');
/** @param {Partial<import('../js/types').Knob>} knob @returns {import('../js/types').Knob} */
const knob = (knob) => ({ name: 'x', do: '{}', unit: 'time', min: 0, max: 1, step: 1, value: 0, ...knob });

test('a value is written in the shortest exact form', () => {
  const loss = knob({ unit: '%' });
  assert.deepEqual([0, 5000, 200_000, 500_000].map((v) => notation(loss, v)), ['0%', '0.5%', '20%', '50%']);
  assert.deepEqual([0, 50, 1500, 50_000, 500_000, 1e6, 1_500_000, 1_230_000, 10e6].map((v) => notation(knob({}), v)),
    ['0s', '50us', '1500us', '50ms', '500ms', '1s', '1.5s', '1230ms', '10s']);
});

test('a knob and a value make a line of the notation', () => {
  assert.equal(lineOf(knob({ do: 'link client loss {}', unit: '%' }), 10_000), 'link client loss 1%');
  assert.equal(lineOf(knob({ do: 'move server close {}' }), 30_000), 'move server close 30ms');
});

test('weather knobs show the weather at the playhead, the others their value', () => {
  const world = stateAt([{ at: 0, ev: 'link', loss: 0 }, { at: 10, ev: 'link', host: 'client', loss: 200_000 }, { at: 20, ev: 'link', delay: 9 }], 30);
  assert.equal(valueAt(knob({ do: 'link client loss {}' }), world), 200_000);
  assert.equal(valueAt(knob({ do: 'link server loss {}' }), world), 0);
  assert.equal(valueAt(knob({ do: 'link delay {}', value: 5 }), world), 9);
  assert.equal(valueAt(knob({ do: 'msl {}', value: 3 }), world), 3);
  const windy = stateAt([{ at: 5, ev: 'link', why: 'jitter', for: 20_000, arg: 'any-order' }, { at: 6, ev: 'link', host: 'server', why: 'reorder', share: 50_000 }, { at: 7, ev: 'link', host: 'server', why: 'reorder' }], 6);
  assert.equal(valueAt(knob({ do: 'link client jitter {} any-order' }), windy), 20_000);
  assert.equal(valueAt(knob({ do: 'link server reorder {}', value: 7 }), windy), 50_000);
});

test('a fate turns, and the learner’s own line about it is found whether it has a time or not', () => {
  assert.equal(fateLine({ from: 'client', kind: 'ACK', nth: 1 }, 'drop'), 'drop client ACK#1');
  assert.equal(fateLine({ from: 'client', kind: 'ACK', nth: 1 }, 'hold', 1_500_000), 'hold client ACK#1 1.5s');
  const log = ['msl 1s', 'at 200ms drop server FIN#1', 'drop client ACK#1'];
  assert.equal(ownFate(log, { from: 'server', kind: 'FIN', nth: 1 }), 1);
  assert.equal(ownFate(log, { from: 'server', kind: 'FIN', nth: 2 }), -1);
  assert.deepEqual(without(log, 1), ['msl 1s', 'drop client ACK#1']);
  assert.deepEqual(ownLine(['at 20ms hold server data#2 500ms'], { from: 'server', kind: 'data', nth: 2 }), { fate: 'hold', by: 500_000 });
  assert.equal(ownLine(['# drop client FIN#1'], { from: 'client', kind: 'FIN', nth: 1 }), null, 'what is switched off says nothing');
  assert.deepEqual(['2us', '50ms', '1.5s', '2min'].map(microseconds), [2, 50_000, 1_500_000, 120e6]);
});

test('a line of the log reads as words, and stays as written if it is not known', () => {
  assert.deepEqual(['drop client ACK#1', 'at 200ms drop server FIN#1', 'at 1.4s link loss 20%', 'link client loss 20%', 'msl 1.5s', 'at 1s server close', 'move server close 30ms', 'seed 7',
    'link client jitter 20ms any-order', 'at 1s link cut for 2s', 'link server restored', 'link reorder 5%', 'lifetime 3s', 'restart never', 'isn client clock 1000', 'profile linux', 'move client abort 10s', 'at 4s web close conn=1'].map((l) => readable(l, voice)), [
    'client ACK 1 lost', 'server FIN 1 lost, at 200 ms', 'loss 20 %, from 1.4 s', 'loss 20 % from client', 'MSL 1.5 s', 'server close(), at 1 s', 'server closes at 30 ms', 'seed 7',
    'jitter 20 ms, any order from client', 'cable cut for 2 s, from 1 s', 'cable whole again from server', 'overtaken 5 %', 'lifetime 3 s', 'nothing restarts TIME_WAIT', 'client numbers by the clock', 'rules of linux', 'client aborts at 10 s', 'web close() of connection 1, at 4 s']);
  assert.deepEqual(['link cut', 'link client restored', 'server close', 'client crash'].map((a) => actionName(a, voice)), ['Cut the cable', 'Restore the cable: from client', 'Close server now', 'Crash client now']);
});

test('a rule of the network reads as words, with every key', () => {
  assert.deepEqual(['rule drop client flags=F nth=1', 'rule drop server', 'rule delay server len=none acks_fin by=300ms', 'rule dup not_flags=FA after=1s by=30ms', 'rule drop after_own_fin', 'rule drop web conn=2 seq=1 len=100 after_peer_fin', 'rule drop client colour=red'].map((l) => readable(l, voice)), [
    'client segments lost: with FIN, no. 1', 'all server segments lost', 'server segments late by 300 ms: without data, acknowledging the FIN', 'segments doubled after 30 ms: without FIN,ACK, from 1 s on',
    'segments lost: after their own FIN', 'web segments lost: connection 2, offset 1, 100 bytes, after the other FIN', 'rule drop client colour=red']);
  assert.equal(readable('rule drop client flags=R nth=1', createVoice(JSON.parse(file('words/zh.json')), {}, 'zh')), '客户端的报文段丢失：带 RST，第 1 个');
});

test('an edit happens at a whole millisecond, but on the same side of every event as the playhead', () => {
  const events = [0, 50_000, 363_924, 364_500].map((at) => ({ at }));
  assert.equal(instantOf(events, 123_456.7), 123_000);
  assert.equal(instantOf(events, 123_500), 124_000);
  assert.equal(instantOf(events, 363_924), 364_000, 'not before what is shown');
  assert.equal(instantOf(events, 364_499), 364_000, 'not after what is not shown yet');
  assert.equal(instantOf([{ at: 100_200 }, { at: 100_700 }], 100_300), 100_300, 'between two that are closer than that it is exact');
  assert.equal(instantOf(events, 49_800), 49_000);
  assert.equal(instantOf(events, -18_000), 0);
  assert.equal(instantOf([], 7_499), 7000);
  for (let t = 0; t < 400_000; t += 37) {
    const seen = (/** @type {number} */ t) => events.filter((e) => e.at <= t).length;
    assert.equal(seen(instantOf(events, t)), seen(t), `${t}`);
  }
});

test('fates are told from the other lines, and a line is taken back wherever it stands by then', () => {
  assert.deepEqual(['drop client FIN#1', 'deliver client ACK#1', 'link loss 20%', 'client close', 'msl 1s'].map(isFate), [true, true, false, false, false]);
  assert.deepEqual(takenBack(['msl 1s', 'link loss 5%'], 'link loss 5%'), ['msl 1s']);
  assert.deepEqual(takenBack(['msl 1s'], 'link loss 5%'), ['msl 1s']);
});

test('a slider of a named application says whose it is', () => {
  const knob = { name: 'client every', do: 'client: http every=', unit: 'time', min: 0, max: 1, step: 1, value: 0 };
  assert.equal(knobName(knob, voice), 'client: next request after');
});

test('what changes a load is said in words, on a button and as an edit', () => {
  for (const [line, words] of [
    ['load client rate=4.9 for=60s', '4.9 per second, for 60 s'],
    ['load client to=2', 'destinations: 2'],
    ['load client close=server', 'server closes first'],
    ['load client request=10', 'request=10'],
    ['client: http version=1.0', 'client: HTTP/1.0'],
    ['server: http finish=staged', 'server: closes in stages'],
    ['server: answer leak=100', 'server: forgets one close() in 100'],
    ['sysctl client ip_local_port_range 40000 40039', 'ports 40000 to 40039'],
    ['sysctl client tcp_tw_reuse 1', 'tcp_tw_reuse = 1 (client)'],
  ]) {
    assert.equal(actionName(line, voice), words);
    assert.equal(readable(line, voice), words);
  }
});

test('an edit is switched off and on again in its place, and its words stay', () => {
  const log = ['msl 1s', 'drop client ACK#1', 'link loss 5%'];
  const off = switched(log, 'drop client ACK#1');
  assert.deepEqual(off, ['msl 1s', '# drop client ACK#1', 'link loss 5%']);
  assert.equal(readable(off[1], voice), 'client ACK 1 lost');
  assert.deepEqual(switched(off, off[1]), log);
});
