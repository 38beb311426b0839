/**
 * paper.js: the diagram goes on, blank, where the figure stops.
 *
 * The lifelines run on below the last instant that is known, with a ruler of their own, and the learner draws there: an arrow
 * from one to another, or the end of a wait. Pointers draw; the fields of the question say the same in words and numbers,
 * are what is sent, and are enough by themselves. `show` draws what the fields say, `drawn` tells them what was drawn.
 * After the answer the guess stays in the picture, at its own instants, to be compared with what came.
 */

import { svg } from '../svg.js';

/**
 * @typedef {{host: string, from: number, to: number}} Drawn of a wait only `to` counts
 * @typedef {import('../types').Layout} Layout @typedef {import('../types').Scale} Scale @typedef {import('../voice.js').Voice} Voice
 */

const [HEIGHT, TOP, BOTTOM] = [250, 36, 22];
/** The paper begins this much above the end of the sheet, where the bands end. */
const JOINT = 14;
/** What can be drawn on goes this far beyond the outer lifelines. */
const EDGE = 28;

/**
 * @param {object} options
 * @param {Voice} options.voice
 * @param {string[]} options.hosts
 * @param {'arrow' | 'wait'} options.kind
 * @param {string} options.host whose wait it is
 * @param {{from: number, to: number, step: number, at: number}} options.time microseconds; `at` is where the picture stops
 * @param {(drawn: Drawn) => void} options.drawn
 */
export function createPaper({ voice, hosts, kind, host, time, drawn }) {
  const y = (/** @type {number} */ at) => TOP + ((at - time.from) / (time.to - time.from)) * (HEIGHT - TOP - BOTTOM);
  const mine = svg('g', { class: `guess ${kind}` });
  const root = svg('svg', { class: 'paper drawing', height: HEIGHT });
  /** @type {Layout | null} */
  let layout = null;
  /** @type {Drawn | null} */
  let value = null;

  /** The blank part of the diagram, as wide as the rest of it is now. @param {Scale} _ @param {Layout} now */
  function draft(_, now) {
    layout = now;
    const xs = hosts.map((name) => now.x[name]);
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const ticks = Array.from({ length: 5 }, (_, i) => time.from + ((time.to - time.from) * i) / 4);
    root.setAttribute('width', String(now.width));
    root.style.top = `${now.height - JOINT}px`;
    root.replaceChildren(
      svg('rect', { class: 'blank', x: left - EDGE, y: JOINT, width: right - left + 2 * EDGE, height: HEIGHT - JOINT - 4, rx: 10 }),
      ...ticks.map((at) => svg('text', { class: 'tick', x: now.compact ? 3 : now.gutter - 8, y: y(at) + 4, 'text-anchor': now.compact ? 'start' : 'end' }, voice.time(Math.round(at)))),
      ...hosts.map((name) => svg('line', { class: 'life', x1: now.x[name], x2: now.x[name], y1: 0, y2: HEIGHT - 4 })), mine);
    paint();
    return { node: root, below: HEIGHT - JOINT };
  }

  function paint() {
    if (!layout || !value) return;
    const { x } = layout;
    const other = hosts.find((h) => h !== value?.host) ?? value.host;
    const top = y(Math.max(time.from, time.at));
    const handle = svg('circle', { class: 'handle', cx: x[kind === 'wait' ? host : other], cy: y(value.to), r: 9 });
    mine.replaceChildren(...(kind === 'wait'
      ? [svg('rect', { class: 'wait-band', x: x[host] - layout.band[host] / 2, y: 0, width: layout.band[host], height: Math.max(top, y(value.to)) }), handle]
      : [svg('line', { class: 'drawn', x1: x[value.host], y1: y(value.from), x2: x[other], y2: y(value.to) }), svg('circle', { class: 'tail', cx: x[value.host], cy: y(value.from), r: 5 }), handle]));
  }

  /** @param {PointerEvent} e @returns {{host: string, at: number}} */
  function under(e) {
    const box = root.getBoundingClientRect();
    const [px, py] = [((e.clientX - box.left) / (box.width || 1)) * (layout?.width ?? 1), ((e.clientY - box.top) / (box.height || 1)) * HEIGHT];
    const at = time.from + ((py - TOP) / (HEIGHT - TOP - BOTTOM)) * (time.to - time.from);
    const snapped = Math.round(at / time.step) * time.step;
    const near = hosts.reduce((a, b) => (Math.abs((layout?.x[a] ?? 0) - px) <= Math.abs((layout?.x[b] ?? 0) - px) ? a : b));
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
    draft,
    /** @param {Drawn} now */
    show(now) {
      value = now;
      paint();
    },
  };
}

/**
 * What was guessed, in the picture of what came. A guess may lie beyond the end of the run: then it points there.
 * No words stand beside it, because there is no place that is free in every picture.
 * @param {string[]} hosts @param {'arrow' | 'wait'} kind @param {Drawn} guess
 * @returns {import('../types').Draft}
 */
export function keepGuess(hosts, kind, guess) {
  return (scale, layout) => {
    const y = (/** @type {number} */ at) => Math.min(scale.y(at), layout.height - 6);
    const other = hosts.find((h) => h !== guess.host) ?? guess.host;
    const [from, to] = [layout.x[guess.host], layout.x[other]];
    const lines = kind === 'wait'
      ? [svg('path', { class: 'guessed', d: `M${from - 16} ${y(guess.to)}H${from + 16}` })]
      : [svg('path', { class: 'guessed', d: `M${from} ${y(guess.from)}L${to} ${y(guess.to)}` }), svg('circle', { class: 'guessed', cx: to, cy: y(guess.to), r: 5 })];
    return { node: svg('svg', { class: 'drawing', width: layout.width, height: layout.height }, ...lines), below: 0 };
  };
}
