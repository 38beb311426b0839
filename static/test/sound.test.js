import assert from 'node:assert/strict';
import test from 'node:test';
import { notesOf } from '../js/panels/sound.js';

/** @typedef {import('../js/types').Event} Event */

const sent = /** @type {Event} */ ({ at: 0, ev: 'sent', host: 'client', seg: 1, kind: 'FIN' });
/** @param {Partial<Event>[]} events */
const heard = (...events) => notesOf(/** @type {Event[]} */ (events), () => sent, ['client', 'server']);

test('a segment is heard on the side of the end that gets it, at the pitch of what it is', () => {
  assert.deepEqual(heard({ ev: 'arrived', host: 'server', seg: 1 }), [{ kind: 'click', pitch: 660, pan: 1, at: 0 }]);
  assert.equal(heard({ ev: 'arrived', host: 'client', seg: 1 })[0].pan, -1);
});

test('a loss is a thud in the middle, and what is neither is silent', () => {
  assert.deepEqual(heard({ ev: 'lost', host: 'client', seg: 1 }).map(({ kind, pan }) => [kind, pan]), [['thud', 0]]);
  assert.deepEqual(heard({ ev: 'state', host: 'client' }, { ev: 'timer', host: 'client' }, { ev: 'sent', host: 'client', seg: 1 }), []);
});

test('segments of one instant are heard one after the other', () => {
  const [a, b] = heard({ ev: 'arrived', host: 'client', seg: 1 }, { ev: 'arrived', host: 'server', seg: 2 });
  assert.ok(b.at > a.at);
});
