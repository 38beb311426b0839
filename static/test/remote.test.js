import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { onlyHere } from '../js/panels/remote.js';
import { connect } from '../js/session.js';

test('an address that only this computer knows is told from one that a phone can open', () => {
  for (const name of ['localhost', 'class.localhost', '127.0.0.1', '127.8.0.1', '[::1]']) assert.ok(onlyHere(name), name);
  for (const name of ['192.168.1.20', 'school.example', '127.example', 'localhost.example', '[fe80::1]']) assert.ok(!onlyHere(name), name);
});

test('a presenter speaks the wire of the examples that the server has too, and hears of each new connection', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const globals = /** @type {any} */ (globalThis);
  /** @type {any[]} */
  const sockets = [];
  class Socket {
    static OPEN = 1;
    readyState = 1;
    /** @type {any[]} */
    sent = [];
    constructor() { sockets.push(this); }
    /** @param {string} text */
    send(text) { this.sent.push(JSON.parse(text)); }
  }
  Object.assign(globals, { WebSocket: Socket, window: { setTimeout: globals.setTimeout, addEventListener: () => {} } });
  t.after(() => { delete globals.WebSocket; delete globals.window; });
  /** @param {string} name @returns {Promise<any>} */
  const example = async (name) => JSON.parse(await readFile(new URL(`../../web/testdata/wire/${name}.json`, import.meta.url), 'utf8'));
  const [remote, room, says, turned, over, hangUp] = await Promise.all(['remote', 'room', 'says', 'turned', 'over', 'hang-up'].map(example));
  const session = connect('ws://x', { status: () => {}, spliced: () => {}, failed: () => {} }, 1);
  /** @type {any[]} */
  const heard = [];
  session.hear(remote.figure, (message) => heard.push(message));
  session.dial();
  const [socket] = sockets;
  const { figure, ...wish } = remote;
  session.say(figure, wish);
  assert.deepEqual(socket.sent.at(-1), remote);
  for (const message of [room, turned, over]) socket.onmessage({ data: JSON.stringify(message) });
  session.say(figure, { type: 'says', text: says.text });
  assert.deepEqual(socket.sent.at(-1), says);
  session.say(figure, { type: 'hang-up' });
  assert.deepEqual(socket.sent.at(-1), hangUp);
  socket.onclose();
  t.mock.timers.tick(1000);
  sockets[1].onopen();
  assert.deepEqual(heard, [room, turned, over, { type: 'connected' }]);
  session.hear(figure, undefined);
  sockets[1].onmessage({ data: JSON.stringify(turned) });
  assert.equal(heard.length, 4, 'who has stopped listening hears no more');
});
