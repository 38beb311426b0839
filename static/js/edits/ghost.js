/**
 * ghost.js: the run before the last edit, faintly, behind the one after it.
 *
 * People compare badly from memory, so both runs stand on one axis, that of the new run. Only what differs is drawn: a segment
 * that left at another time or met another fate, a state that began or ended at another time. What is the same in both runs
 * is in the picture already. Where the new run is silent its axis is folded, and what the old one had there lies within a
 * few pixels, without a slope: there a segment has a head and a name, and the end of a state is written beside it.
 */

import { polyline, svg } from '../svg.js';
import { pointOn, routeOf } from '../layout.js';

/** @typedef {import('../types').Marks} Marks @typedef {import('../types').Scale} Scale @typedef {import('../types').Layout} Layout */

/**
 * The marks of `before` that `now` lacks.
 * @param {Marks} before @param {Marks} now
 */
export function gone(before, now) {
  const arrow = (/** @type {import('../types').Arrow} */ a) => [a.from, a.kind, a.copy, a.sent, a.end, a.fate].join();
  const band = (/** @type {import('../types').Band} */ b) => [b.host, b.state, b.from, b.to].join();
  const [arrows, bands] = [new Set(now.arrows.map(arrow)), new Set(now.bands.map(band))];
  return { arrows: before.arrows.filter((a) => !arrows.has(arrow(a))), bands: before.bands.filter((b) => !bands.has(band(b))) };
}

/**
 * @param {ReturnType<typeof gone>} gone @param {Marks} now @param {Scale} scale @param {Layout} layout
 * @param {{end(state: string, at: number): string, sent(kind: string, at: number): string, width(text: string): number}} words
 */
export function drawGhost({ arrows, bands }, now, scale, layout, words) {
  const tail = 18;
  const folded = (/** @type {number | null} */ at) => at !== null && scale.folds.some((f) => at > f.from && at < f.to);
  const write = writer(layout, words.width);
  /** What is written comes last, so that no line goes through it. @type {(SVGElement | string)[]} */
  const texts = [];

  /** @param {import('../types').Arrow} a */
  function drawArrow(a) {
    const lost = a.fate === 'lost' || a.fate === 'expired';
    const route = routeOf(a, scale, layout, lost ? a.end ?? undefined : undefined);
    const group = svg('g', {}, svg('path', { class: 'ghost-shaft', d: polyline(route) }));
    if (lost && a.end !== null) {
      const { x, y } = pointOn(a, a.end, scale, layout);
      group.append(svg('path', { class: 'ghost-cross', d: `M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x + 5} ${y - 5}L${x - 5} ${y + 5}` }));
    }
    if (!folded(a.sent)) return group;
    const [first, tip] = [route[0], route[route.length - 1]];
    const way = Math.sign(tip.x - first.x) || 1;
    if (!lost) group.append(svg('path', { class: 'ghost-head', d: `M${tip.x - way * 8} ${tip.y - 4.5}L${tip.x} ${tip.y}L${tip.x - way * 8} ${tip.y + 4.5}` }));
    texts.push(write(words.sent(a.kind, a.sent), first.x + way * 12, first.y, way));
    return group;
  }

  /** @param {import('../types').Band} b */
  function drawBand(b) {
    // On the inner side of the lifeline, where no note is.
    const way = b.host === now.hosts[0] ? 1 : -1;
    const x = layout.x[b.host] + way * (layout.band[b.host] / 2 + 5);
    const y = scale.y(Math.max(0, b.from));
    const end = b.to === null ? (b.state === 'CLOSED' ? y + tail : layout.height - 14) : scale.y(b.to);
    const strip = svg('rect', { class: 'ghost-band', 'data-state': b.state, x: x - 2, y, width: 4, height: Math.max(2, end - y - 1), rx: 2 });
    if (!folded(b.to)) return strip;
    texts.push(write(words.end(b.state, b.to ?? 0), x + way * 8, end, way));
    return svg('g', { 'data-state': b.state }, strip, svg('path', { class: 'ghost-end', d: `M${x - 4} ${end}h8` }));
  }

  // A segment says more than the end of a state that it brings about: it gets its place first.
  const lines = arrows.map(drawArrow);
  return svg('svg', { class: 'drawing', width: layout.width, height: layout.height }, ...bands.map(drawBand), ...lines, ...texts);
}

const [LETTERS, ROOM] = [13, 9];

/**
 * Writes where there is room: on its line, or a little above or below, and nothing where all of that is taken.
 * @param {Layout} layout @param {(text: string) => number} width
 */
function writer(layout, width) {
  const taken = layout.silences.map(({ x, y, w, h }) => ({ x, y, w, h }));
  return (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ way) => {
    const w = width(text) + 6;
    const box = [0, -ROOM, ROOM, -2 * ROOM, 2 * ROOM].map((dy) => ({ x: way > 0 ? x : x - w, y: y - LETTERS / 2 + dy, w, h: LETTERS }))
      .find((box) => !taken.some((other) => box.x < other.x + other.w && other.x < box.x + box.w && box.y < other.y + other.h && other.y < box.y + box.h));
    if (!box) return '';
    taken.push(box);
    return svg('g', { class: 'ghost-text' }, svg('rect', { class: 'halo', x: box.x, y: box.y, width: box.w, height: box.h, rx: 3 }),
      svg('text', { x: box.x + box.w / 2, y: box.y + 10, 'text-anchor': 'middle' }, text));
  };
}
