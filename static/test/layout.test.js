import assert from 'node:assert/strict';
import test from 'node:test';
import { LEGIBLE, alongOf, lanesOf, layoutOf, overlap } from '../js/layout.js';
import { marksOf } from '../js/marks.js';
import { timescale } from '../js/timescale.js';
import { FACTS, NAMES, run } from './runs.js';

/** Texts as wide as a monospaced font makes them. @type {import('../js/types').Texts} */
const texts = {
  note: (note) => note.text || `${note.timer} ${note.dur}`,
  arrow: (a) => ({ flags: a.flags, mark: a.retry ? `retry ${a.retry}` : '', detail: `seq ${a.seq} ack ${a.ack}` }),
  fate: () => 'lost',
  weather: () => 'delay 120 ms',
  silence: (fold) => `${(fold.to - fold.since) / 1e6} s of silence`,
  roughly: (us) => `${us / 1e3} ms`,
  refused: (_, short) => (short ? 'refused' : 'refused: outside the window'),
  time: (at) => `${at / 1e6} s`,
  width: (text) => text.length * 7.3,
};

/** @param {import('../js/types').Event[]} events @param {number} width */
function laidOut(events, width) {
  return layoutOf(marksOf(events, FACTS), timescale(events, FACTS), width, texts);
}

/** @param {import('../js/types').Layout} layout @returns {(import('../js/types').Box & {what: string})[]} */
function boxes(layout) {
  return [
    ...[...layout.labels].map(([seg, box]) => ({ ...box, what: `label ${seg}` })),
    ...[...layout.tags].map(([seg, box]) => ({ ...box, what: `tag ${seg}` })),
    ...layout.silences.map((box) => ({ ...box, what: box.text })),
    ...layout.notes.map((box) => ({ ...box, what: `note ${box.lines.map((l) => l.text)}` })),
    ...[...layout.fates].filter(([seg, f]) => !f.tight && !layout.tags.has(`${seg}`)) // of a lost one only its cross is drawn
      .map(([seg, { x, y }]) => ({ x: x - 8, y: y - 8, w: 16, h: 16, what: `button ${seg}` })),
    ...layout.ticks.map((t) => ({ x: 0, y: t.y - 7, w: layout.compact ? 40 : 58, h: 14, what: `tick ${t.text}` })),
  ];
}

for (const name of NAMES) {
  for (const width of [340, 560, 820, 1100]) {
    test(`${name} at ${width} px: nothing that is to be read covers anything else`, () => {
      const all = boxes(laidOut(run(name), width));
      for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) assert.ok(!overlap(a, b), `${a.what} covers ${b.what}`);
    });

    test(`${name} at ${width} px: everything is on the page, and every segment has a label`, () => {
      const layout = laidOut(run(name), width);
      for (const box of boxes(layout)) assert.ok(box.x >= -0.5 && box.x + box.w <= width + 0.5, box.what);
      const { arrows } = marksOf(run(name), FACTS);
      // Where too much happens at once a label is left out; in a close of one's own it never is.
      assert.ok(layout.labels.size >= (name === 'everything' ? 0.8 : 1) * arrows.length, `${layout.labels.size} labels for ${arrows.length} segments`);
    });
  }

  test(`${name}: a label that is written stays where it is, whatever comes later`, () => {
    const events = run(name);
    const whole = laidOut(events, 820);
    for (let n = 1; n < events.length; n++) {
      // A cut lies between two instants; segments in flight there have no fate yet.
      if (events[n].at === events[n - 1].at) continue;
      const marks = marksOf(events.slice(0, n), FACTS);
      // How late a copy will be is known only from its arrival, which every run that is shown includes.
      if (marks.arrows.some((a) => a.copy && a.fate === 'flying')) continue;
      const part = laidOut(events.slice(0, n), 820);
      for (const arrow of marks.arrows) {
        if (arrow.fate === 'flying') continue;
        assert.deepEqual(part.labels.get(arrow.seg), whole.labels.get(arrow.seg), `segment ${arrow.seg} after ${n} events`);
      }
      part.notes.forEach((note) => assert.deepEqual(note, whole.notes.find((w) => w.n === note.n && w.host === note.host)));
    }
  });
}

/** @typedef {Partial<import('../js/types').Event> & {at: number, ev: string}} Told */

/** A layout of events that no run has at once. @param {Told[]} events @param {number} width @param {string[]} [hosts] */
function told(events, width, hosts = FACTS.hosts) {
  const all = /** @type {import('../js/types').Event[]} */ (events);
  const marks = marksOf(all, { ...FACTS, hosts });
  return { marks, layout: layoutOf(marks, timescale(all, FACTS), width, texts) };
}

/** @param {import('../js/types').Layout} layout */
const written = (layout) => layout.notes.map((note) => note.lines.map((line) => line.text));

test('a note that is too long for its room is written in two lines, and keeps its end', () => {
  const { layout } = told([
    { at: 0, ev: 'state', host: 'server', to: 'CLOSE_WAIT' },
    { at: 100_000, ev: 'return', host: 'server', call: 'send', errno: 'ECONNRESET' },
  ], 560);
  assert.deepEqual(written(layout), [['CLOSE_WAIT'], ['send() =', 'ECONNRESET']]);
});

test('what happens to several connections in one instant is written one after the other, the one that ends first', () => {
  const { layout } = told([
    { at: 0, ev: 'state', host: 'client', conn: 1, to: 'FIN_WAIT_2' },
    { at: 0, ev: 'timer', host: 'client', conn: 1, timer: 'RTO', do: 'start', due: 1_000_000 },
    { at: 0, ev: 'call', host: 'client', conn: 2, call: 'connect' },
    { at: 0, ev: 'state', host: 'client', conn: 2, to: 'SYN_SENT' },
    { at: 0, ev: 'timer', host: 'client', conn: 2, timer: 'RTO', do: 'start', due: 1_000_000 },
    { at: 0, ev: 'state', host: 'client', conn: 3, to: 'TIME_WAIT' },
    { at: 0, ev: 'state', host: 'client', conn: 3, to: 'CLOSED' },
  ], 820);
  assert.deepEqual(written(layout), [['CLOSED', 'FIN_WAIT_2', 'RTO 1000000', 'SYN_SENT', 'connect()']]);
});

test('the calls that come before a connection are written with it, under its state', () => {
  const { layout } = told([
    { at: 0, ev: 'call', host: 'client', call: 'socket' },
    { at: 0, ev: 'call', host: 'client', conn: 2, call: 'connect' },
    { at: 0, ev: 'state', host: 'client', conn: 2, to: 'SYN_SENT' },
  ], 820);
  assert.deepEqual(written(layout), [['SYN_SENT', 'socket()', 'connect()']]);
});

for (const width of [340, 388, 726, 784]) {
  test(`at ${width} px the heads of three lifelines stand side by side`, () => {
    const { heads } = told([{ at: 0, ev: 'state', host: 'a', to: 'LISTEN' }], width, ['a', 'b', 'server']).layout;
    assert.ok(heads[0].x >= 0 && heads[2].x + heads[2].w <= width);
    heads.slice(1).forEach((head, i) => assert.ok(heads[i].x + heads[i].w <= head.x, `${heads[i].host} reaches into ${head.host}`));
  });
}

for (const count of [1, 2, 3, 8]) {
  test(`on a narrow page ${count} timers of the first host cover no time`, () => {
    const { marks, layout } = told(Array.from({ length: count }, (_, i) => (
      { at: 0, ev: 'timer', host: 'client', conn: i + 1, timer: 'RTO', do: 'start', due: 1_000_000 })), 388);
    const last = Math.max(...marks.brackets.map((b) => b.lane + 1)) * layout.pitch.client;
    assert.ok(layout.x.client - layout.band.client / 2 - 6 - last >= 3 + '10.05 s'.length * 5.8);
  });
}

for (const hosts of [['client', 'server'], ['a', 'b', 'server']]) {
  test(`on a narrow page the states of connections side by side can be written along their bands: ${hosts}`, () => {
    const server = hosts[hosts.length - 1];
    const { layout } = told([1, 2, 3].flatMap((conn) => [
      { at: conn, ev: 'state', host: server, conn, to: 'TIME_WAIT' }, { at: conn, ev: 'timer', host: server, conn, timer: 'TIME_WAIT', do: 'start', due: 60e6 },
    ]), 358, hosts);
    assert.ok(layout.band[server] / 3 >= 12, `${layout.band[server]} px for three`);
    assert.equal(layout.band[hosts[0]], 18);
    const edge = layout.x[server] + layout.band[server] / 2 + 6 + 2 * layout.pitch[server];
    assert.ok(edge + 2 <= 358, `the last timer is drawn at ${edge}`);
    assert.ok(layout.x[server] - layout.band[server] / 2 - layout.x[hosts[hosts.length - 2]] > 60);
  });
}

test('a state is written along its band wherever it fits, and never across the edge of a fold', () => {
  const folds = [[100, 128], [260, 400]].map(([y0, y1]) => ({ from: 0, to: 0, since: 0, y0, y1 }));
  const half = 35;
  const places = alongOf(0, 600, half, folds);
  assert.ok(places.length >= 3, `${places}`);
  for (const y of places) for (const edge of [0, 100, 128, 260, 400, 600]) assert.ok(Math.abs(y - edge) >= half, `${y} is cut at ${edge}`);
  places.slice(1).forEach((y, i) => assert.ok(y - places[i] >= 2 * half, 'one covers the next'));
  assert.deepEqual(alongOf(0, 76, half, []), [38]);
  assert.deepEqual(alongOf(90, 170, half, folds), []);
});

test('where there is no room for the reason it is still said that a segment is refused', () => {
  const segment = { seg: 1, kind: 'RST', nth: 1, flags: 'RST', seq: 1 };
  const refusal = (/** @type {number} */ width) => [...told([
    { at: 0, ev: 'sent', host: 'server', ...segment },
    { at: 50_000, ev: 'arrived', host: 'client', seg: 1 },
    { at: 50_000, ev: 'ignored', host: 'client', seg: 1, why: 'window' },
  ], width).layout.tags.values()].map((tag) => tag.text);
  assert.deepEqual([refusal(560), refusal(300)], [['refused: outside the window'], ['refused']]);
});

test('of eight connections at once each has a lane, and the one that is chosen has room for its states', () => {
  const { marks, layout } = told(Array.from({ length: 8 }, (_, i) => ({ at: i, ev: 'state', host: 'client', conn: i + 1, to: 'ESTABLISHED' })), 358);
  assert.deepEqual(marks.bands.map((band) => band.lane), [0, 1, 2, 3, 4, 5, 6, 7]);
  for (const wide of [undefined, 0, 4, 7]) {
    const lanes = lanesOf(layout, 'client', wide);
    lanes.slice(1).forEach(({ x }, i) => assert.ok(Math.abs(lanes[i].x + lanes[i].w - x) < 1e-9, 'one lane begins where the other ends'));
    assert.ok(Math.abs(lanes[0].x + layout.band.client / 2) < 1e-9 && Math.abs(lanes[7].x + lanes[7].w - layout.band.client / 2) < 1e-9, 'all of them are as wide as their host');
    assert.deepEqual(lanes.flatMap(({ w }, lane) => (w >= LEGIBLE ? [lane] : [])), wide === undefined ? [] : [wide]);
  }
});
