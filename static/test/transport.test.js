import assert from 'node:assert/strict';
import test from 'node:test';
import { instantsOf } from '../js/marks.js';
import { tickOf } from '../js/transport.js';
import { run } from './runs.js';

test('each kind of event has a shape of its own on the scrubber', () => {
  const ticks = (/** @type {string[]} */ ...kinds) => tickOf(kinds.map((ev) => ({ at: 0, ev })));
  assert.deepEqual([ticks('call', 'sent', 'timer'), ticks('arrived'), ticks('arrived', 'sent'), ticks('timer', 'eof')], [['sent'], ['arrived'], ['sent', 'arrived'], ['other']]);
  assert.deepEqual([ticks('state', 'sent'), ticks('lost'), ticks('expired'), ticks('lost', 'state')], [['sent', 'state'], ['lost'], ['lost'], ['lost']]);
});

test('the close with a lost ACK: its ticks from the first FIN to the end of the wait', () => {
  const events = run('lost-last-ack');
  const ticks = instantsOf(events).map(({ at, first, last }) => `${at / 1e6} ${tickOf(events.slice(first, last + 1)).join('+')}`);
  assert.deepEqual(ticks, [
    '0 sent+state', '0.05 sent+arrived+state', '0.1 arrived+state', '0.2 sent+state', '0.25 sent+arrived+state', '0.28 lost',
    '1.2 sent', '1.25 sent+arrived', '1.3 arrived+state', '7.25 state',
  ]);
});
