import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { callsOf } from '../js/panels/calls.js';
import { fieldsOf, nibblesOf } from '../js/panels/segment.js';
import { socketsAt, ssState, ssTime } from '../js/panels/sockets.js';
import { EDGES, NODES, pathsOf } from '../js/panels/statechart.js';
import { mainOf } from '../js/panels.js';
import { NAMES, run } from './runs.js';

/** @type {any} */
const FACTS = { hosts: [{ name: 'client', addr: '10.0.0.1:49152' }, { name: 'server', addr: '10.0.0.2:80' }] };

/** @param {string} name @param {number} t */
const listed = (name, t) => socketsAt(run(name), t, FACTS).map((s) => `${s.host} ${ssState(s.state)} ${s.recvq} ${s.sendq}${s.timer ? ` ${s.timer.name},${ssTime(s.timer.due - t)},${s.timer.retries}` : ''}`);

test('a header is packed into the bytes that go over the wire', () => {
  const sent = { at: 0, ev: 'sent', seq: 0xfedcba98, ack: 301, flags: 'FIN,ACK', wnd: 65535 };
  const nibbles = nibblesOf(fieldsOf(sent, '10.0.0.1:49152', '10.0.0.2:80'));
  assert.equal(nibbles.map((n) => n.digit).join(''), 'c0000050fedcba980000012d5011ffff····0000');
  assert.deepEqual(nibbles[24].names, ['offset']);
  assert.deepEqual(nibbles[27].names, ['PSH', 'RST', 'SYN', 'FIN']);
});

test('the sockets of lesson 6 are what ss would list', () => {
  assert.deepEqual(listed('lost-last-ack', 0), ['client FIN-WAIT-1 0 1 on,1sec,0', 'server ESTAB 0 0']);
  assert.deepEqual(listed('lost-last-ack', 250_000), ['client TIME-WAIT 0 0 timewait,6sec,0', 'server LAST-ACK 0 1 on,950ms,0']);
  assert.deepEqual(listed('lost-last-ack', 1_200_000), ['client TIME-WAIT 0 0 timewait,5.1sec,0', 'server LAST-ACK 0 1 on,2sec,1']);
  assert.deepEqual(listed('lost-last-ack', 1_300_000), ['client TIME-WAIT 0 0 timewait,6sec,0']);
  assert.deepEqual(listed('lost-last-ack', 9e6), []);
});

test('each connection of a host has its own peer', () => {
  const facts = /** @type {any} */ ({ hosts: [{ name: 'a', addr: '10.0.0.1' }, { name: 'web', addr: '10.0.0.2:80' }, { name: 'b', addr: '10.0.0.3' }] });
  const call = (/** @type {string} */ host, /** @type {number} */ conn, /** @type {string} */ local, /** @type {string} */ remote) => [
    { at: 0, ev: 'state', host, conn, from: 'CLOSED', to: 'SYN_SENT' },
    { at: 0, ev: 'sent', host, conn, seg: conn, kind: 'SYN', flags: 'SYN', seq: 99, local, remote },
  ];
  const events = /** @type {any} */ ([...call('a', 1, '10.0.0.1:32768', '10.0.0.2:80'), ...call('b', 1, '10.0.0.3:32768', '10.0.0.2:80'),
    ...call('web', 1, '10.0.0.2:80', '10.0.0.1:32768'), ...call('web', 2, '10.0.0.2:80', '10.0.0.3:32768')]);
  assert.deepEqual(socketsAt(events, 0, facts).map((s) => `${s.host} ${s.local} ${s.peer}`),
    ['a 10.0.0.1:32768 10.0.0.2:80', 'b 10.0.0.3:32768 10.0.0.2:80', 'web 10.0.0.2:80 10.0.0.1:32768', 'web 10.0.0.2:80 10.0.0.3:32768']);
});

test('times are written as ss writes them', () => {
  assert.deepEqual([200_000, 1e6, 5_200_000, 59e6, 60e6, 119.5e6].map(ssTime), ['200ms', '1sec', '5.2sec', '59sec', '1min0sec', '1min59sec']);
});

test('data that was sent and not acknowledged waits in Send-Q; what was read has left Recv-Q', () => {
  for (const name of NAMES) {
    for (const { at } of run(name)) for (const s of socketsAt(run(name), at, FACTS)) assert.ok(s.sendq >= 0 && s.recvq >= 0 && s.sendq < 65536, `${name} at ${at}: ${JSON.stringify(s)}`);
  }
  assert.ok(listed('everything', 200_000).includes('client ESTAB 0 100 on,1sec,0'));
  assert.ok(listed('everything', 300_000).some((l) => l.startsWith('client ESTAB 0 0')));
});

test('calls return what the sockets interface returns', () => {
  const said = (/** @type {string} */ name) => callsOf(run(name), (host) => (host === 'client' ? '10.0.0.2:80' : '10.0.0.1:49152')).map((c) => `${c.host} ${c.asks} = ${c.gets} ${c.doneAt}`);
  assert.deepEqual(said('lost-last-ack').slice(0, 3), ['client close(fd) = 0 0', 'server read(fd, buf, n) = 0 50000', 'server close(fd) = 0 200000']);
  const all = said('everything');
  assert.ok(all.includes('client connect(fd, "10.0.0.2:80") = 0 100000'), all.join('\n'));
  assert.ok(all.includes('client send(fd, buf, 100, 0) = 100 200000'));
  const refused = callsOf([{ at: 0, ev: 'call', host: 'client', conn: 1, call: 'connect' }, { at: 100, ev: 'error', host: 'client', conn: 1, errno: 'ECONNREFUSED', call: 'connect' }], () => 'x');
  assert.deepEqual(refused.map((c) => c.gets), ['-1 ECONNREFUSED']);
});

test('a program that reads to the end calls recv() until it returns 0, and each call waits for what it gets', () => {
  const server = { host: 'server', conn: 2, fd: 's' };
  const calls = callsOf([
    { at: 0, ev: 'call', ...server, call: 'accept', fd: 'L', arg: 's' }, { at: 50, ev: 'return', ...server, call: 'accept', fd: 'L' },
    { at: 50, ev: 'call', ...server, call: 'recv_eof' }, { at: 100, ev: 'read', host: 'server', conn: 2, len: 500 }, { at: 100, ev: 'read', host: 'client', conn: 1, len: 7 },
    { at: 150, ev: 'eof', host: 'server', conn: 2 }, { at: 150, ev: 'return', ...server, call: 'recv_eof' },
    { at: 150, ev: 'call', ...server, call: 'setsockopt', arg: 'SO_LINGER 1 3' }, { at: 150, ev: 'return', ...server, call: 'setsockopt' },
    { at: 150, ev: 'call', ...server, call: 'recv', arg: '50' }, { at: 200, ev: 'return', ...server, call: 'recv', ret: -1, errno: 'ECONNRESET' },
    { at: 150, ev: 'call', ...server, call: 'close' },
  ], () => 'x').map((c) => `${c.at} ${c.host} ${c.asks} = ${c.gets} ${c.doneAt}`);
  assert.deepEqual(calls, [
    '0 server accept(L) = s 50',
    '50 server recv(s, buf, n, 0) = 500 100', '100 server recv(s, buf, n, 0) = 0 150', '100 client read(fd, buf, n) = 7 100',
    '150 server setsockopt(s, SO_LINGER, {1, 3}) = 0 150', '150 server recv(s, buf, 50, 0) = -1 ECONNRESET 200', '150 server close(s) = 0 Infinity',
  ]);
});

test('the chart has every edge that the engine says Figure 5 has, and only the notes and the unsent SEND besides', () => {
  const go = readFileSync(new URL('../../sim/tcp/state.go', import.meta.url), 'utf8');
  const name = (/** @type {string} */ s) => s.replace(/([a-z])([A-Z0-9])/g, '$1_$2').toUpperCase();
  const figure = new Set([...go.matchAll(/\{(\w+), (\w+), Why\w+, (Figure|Note),/g)].map((m) => `${name(m[1])} ${name(m[2])}`));
  assert.ok(figure.size > 15);
  const drawn = new Set(EDGES.map((e) => `${e.from} ${e.to === 'END' ? 'CLOSED' : e.to}`));
  for (const edge of figure) assert.ok(drawn.has(edge), `${edge} is not drawn`);
  for (const edge of drawn) if (!['LISTEN SYN_SENT', 'SYN_RCVD LISTEN'].includes(edge)) assert.ok(figure.has(edge), `${edge} is in no figure`);
  for (const e of EDGES) assert.ok(NODES[e.from] && NODES[e.to], `${e.from} ${e.to}`);
});

test('an end is traced through the chart, and what it does next is known', () => {
  const path = pathsOf(run('four-way-close'), 100_000, 'client');
  assert.equal(path.at, 'FIN_WAIT_2');
  assert.deepEqual(path.taken, [{ from: 'ESTABLISHED', to: 'FIN_WAIT_1' }, { from: 'FIN_WAIT_1', to: 'FIN_WAIT_2' }]);
  assert.equal(path.next?.to, 'TIME_WAIT');
  assert.equal(pathsOf(run('four-way-close'), 1e9, 'client').at, 'END');
  for (const host of ['client', 'server']) {
    for (const { from, to } of pathsOf(run('simultaneous-close'), 1e9, host).taken) assert.ok(EDGES.some((e) => e.from === from && e.to === to), `${from} ${to}`);
  }
});

test('from every event "why" leads to a root', () => {
  for (const name of NAMES) {
    const events = run(name);
    events.forEach((_, start) => {
      let n = start;
      for (let steps = 0; events[n].cause !== undefined; steps++) {
        assert.ok(/** @type {number} */ (events[n].cause) < n && steps < events.length);
        n = /** @type {number} */ (events[n].cause);
      }
      assert.ok(['preset', 'call', 'link', 'end', 'copied', 'timer'].includes(events[n].ev), `${name}: ${JSON.stringify(events[n])} has no cause`);
    });
  }
  const events = run('lost-last-ack');
  const at = events.filter((e) => e.at === 250_000);
  assert.equal(events[mainOf(events, events.indexOf(at[0]), events.indexOf(at[at.length - 1]))].ev, 'state');
});

test('the options of a SYN are what a capture of it has, byte for byte', () => {
  const fields = fieldsOf({ at: 0, ev: 'sent', flags: 'SYN', seq: 1, wnd: 65535, mss: 1460, sack: true, tsval: 0x01020304, scale: true, shift: 7 }, '10.0.0.1:1', '10.0.0.2:2');
  const bytes = nibblesOf(fields).map(({ digit }) => digit).join('');
  assert.equal(bytes.slice(40), '020405b4' + '0402' + '080a' + '01020304' + '00000000' + '01' + '030307');
  assert.equal(fields.find(({ name }) => name === 'offset')?.value, 10);
  assert.equal(fields.find(({ name }) => name === 'ws')?.said, 7);
  const small = fieldsOf({ at: 0, ev: 'sent', flags: 'SYN', seq: 1, wnd: 2896, scale: true }, '10.0.0.1:1', '10.0.0.2:2');
  assert.equal(small.find(({ name }) => name === 'ws')?.said, 0, 'a scale of 0 is offered all the same');
  const later = fieldsOf({ at: 0, ev: 'sent', flags: 'ACK', seq: 1, wnd: 65536, shift: 7 }, '10.0.0.1:1', '10.0.0.2:2');
  assert.equal(later.find(({ name }) => name === 'window')?.value, 512);
  assert.equal(later.find(({ name }) => name === 'offset')?.value, 5);
});
