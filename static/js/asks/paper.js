/**
 * paper.js: the blank paper that goes on where the picture stops.
 *
 * Two lifelines and a stretch of time, on which the learner draws: an arrow from one to the other, or the end of a wait.
 * Pointers draw; the fields beside the paper say the same in words and numbers, are what is sent, and are enough by
 * themselves. `paper.show(value)` draws what the fields say, `drawn` tells them what was drawn.
 */

import { svg } from '../svg.js';

/** @typedef {{host: string, from: number, to: number}} Drawn of a wait only `to` counts */

const [WIDTH, HEIGHT, TOP, BOTTOM] = [600, 300, 34, 24];

/**
 * @param {object} options
 * @param {import('../voice.js').Voice} options.voice
 * @param {string[]} options.hosts
 * @param {'arrow' | 'wait'} options.kind
 * @param {string} options.host whose wait it is
 * @param {{from: number, to: number, step: number, at: number}} options.time microseconds; `at` is where the picture stops
 * @param {(drawn: Drawn) => void} options.drawn
 */
export function createPaper({ voice, hosts, kind, host, time, drawn }) {
  const x = (/** @type {string} */ name) => (hosts.indexOf(name) + 0.5) * (WIDTH / hosts.length);
  const y = (/** @type {number} */ at) => TOP + ((at - time.from) / (time.to - time.from)) * (HEIGHT - TOP - BOTTOM);
  const mine = svg('g', { class: `guess ${kind}` });
  const ticks = Array.from({ length: 6 }, (_, i) => time.from + ((time.to - time.from) * i) / 5);
  const root = svg('svg', { class: 'paper', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-hidden': 'true' },
    svg('rect', { class: 'sheet', x: 0, y: TOP - 8, width: WIDTH, height: HEIGHT - TOP - BOTTOM + 16, rx: 8 }),
    ...ticks.map((at) => svg('text', { class: 'tick', x: 6, y: y(at) + 4 }, voice.time(Math.round(at)))),
    ...hosts.flatMap((name) => [
      svg('text', { class: 'host', x: x(name), y: 18, 'text-anchor': 'middle' }, voice.host(name)),
      svg('line', { class: 'life', x1: x(name), x2: x(name), y1: TOP - 8, y2: HEIGHT - BOTTOM + 8 }),
    ]), mine);

  /** @param {PointerEvent} e @returns {{host: string, at: number}} */
  function under(e) {
    const box = root.getBoundingClientRect();
    const [px, py] = [((e.clientX - box.left) / (box.width || 1)) * WIDTH, ((e.clientY - box.top) / (box.height || 1)) * HEIGHT];
    const at = time.from + ((py - TOP) / (HEIGHT - TOP - BOTTOM)) * (time.to - time.from);
    const snapped = Math.round(at / time.step) * time.step;
    const near = hosts.reduce((a, b) => (Math.abs(x(a) - px) <= Math.abs(x(b) - px) ? a : b));
    return { host: near, at: Math.min(Math.max(snapped, time.from), time.to) };
  }

  /** @type {{host: string, at: number} | null} */
  let start = null;
  root.addEventListener('pointerdown', (e) => {
    root.setPointerCapture(e.pointerId);
    start = under(e);
    e.preventDefault();
    follow(e);
  });
  root.addEventListener('pointermove', (e) => start && follow(e));
  root.addEventListener('pointerup', () => { start = null; });

  /** @param {PointerEvent} e */
  function follow(e) {
    if (!start) return;
    const now = under(e);
    drawn(kind === 'wait' ? { host, from: time.at, to: Math.max(now.at, time.at) } : { host: start.host, from: start.at, to: Math.max(start.at, now.at) });
  }

  return {
    root,
    /** @param {Drawn} value */
    show({ host: from, from: sent, to: ends }) {
      const other = hosts.find((h) => h !== from) ?? from;
      const handle = svg('circle', { class: 'handle', cx: kind === 'wait' ? x(host) : x(other), cy: y(ends), r: 9 });
      mine.replaceChildren(...(kind === 'wait'
        ? [svg('rect', { class: 'band', x: x(host) - 8, y: y(Math.max(time.from, time.at)), width: 16, height: Math.max(0, y(ends) - y(Math.max(time.from, time.at))) }), handle]
        : [svg('line', { class: 'shaft', x1: x(from), y1: y(sent), x2: x(other), y2: y(ends) }), svg('circle', { class: 'tail', cx: x(from), cy: y(sent), r: 5 }), handle]));
    },
  };
}
