/**
 * ghost.js: the run before the last edit, faintly, behind the one after it.
 *
 * People compare badly from memory, so both runs stand on one axis, that of the new run. Only what differs is drawn: a segment
 * that left at another time or met another fate, a state that began or ended at another time. What is the same in both runs
 * is in the picture already.
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

/** @param {ReturnType<typeof gone>} gone @param {Marks} now @param {Scale} scale @param {Layout} layout */
export function drawGhost({ arrows, bands }, now, scale, layout) {
  const tail = 18;
  return svg('svg', { class: 'drawing', width: layout.width, height: layout.height },
    ...bands.map((b) => {
      // On the inner side of the lifeline, where no note is.
      const x = layout.x[b.host] + (b.host === now.hosts[0] ? 1 : -1) * (layout.band[b.host] / 2 + 5) - 2;
      const y = scale.y(Math.max(0, b.from));
      const end = b.to === null ? (b.state === 'CLOSED' ? y + tail : layout.height - 14) : scale.y(b.to);
      return svg('rect', { class: 'ghost-band', 'data-state': b.state, x, y, width: 4, height: Math.max(2, end - y - 1), rx: 2 });
    }),
    ...arrows.map((a) => {
      const lost = a.fate === 'lost' || a.fate === 'expired';
      const group = svg('g', {}, svg('path', { class: 'ghost-shaft', d: polyline(routeOf(a, scale, layout, lost ? a.end ?? undefined : undefined)) }));
      if (lost && a.end !== null) {
        const { x, y } = pointOn(a, a.end, scale, layout);
        group.append(svg('path', { class: 'ghost-cross', d: `M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x + 5} ${y - 5}L${x - 5} ${y + 5}` }));
      }
      return group;
    }));
}
