import assert from 'node:assert/strict';
import test from 'node:test';
import { layoutOf, overlap } from '../js/layout.js';
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
  refused: () => 'refused: outside the window',
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
