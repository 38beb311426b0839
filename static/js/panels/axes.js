/**
 * axes.js: the two axes that do not fold, loaded when somebody asks for one.
 */

import { LEAD, TOP, crossing } from '../timescale.js';

/** @typedef {import('../types').Event} Event @typedef {import('../types').Scale} Scale */

/** Even steps: from one instant to the next. */
const STEP = 56;
/** A run at true scale is at most this high: a browser draws no picture of a hundred thousand pixels. */
const TALLEST = 8000;

/**
 * The two axes that do not fold. At true scale the whole run is one straight ruler, so that one sees how long a wait really is.
 * In even steps every instant is as far from the next, so that nothing is small; slopes mean nothing there, and lines bend at
 * every instant. Rule 3 does not hold for them: a longer run is a finer ruler, and the height of an instant says only how many
 * came before it.
 * @param {readonly Event[]} events @param {number} delay @param {'true' | 'even'} mode
 * @returns {Scale}
 */
export function straight(events, delay, mode) {
  const times = [0, ...new Set(events.map((e) => e.at).filter((at) => at > 0))];
  const end = times[times.length - 1];
  const usual = crossing(delay) / Math.max(delay, 1);
  const slope = mode === 'true' ? Math.min(usual, TALLEST / Math.max(end, 1)) : usual;
  const knots = times.map((at, i) => ({ at, y: TOP + (mode === 'true' ? at * slope : i * STEP) }));
  const last = knots[knots.length - 1];
  /** The stretch that a time or a height lies in. @param {(knot: {at: number, y: number}) => boolean} before */
  const stretch = (before) => {
    const i = Math.max(0, knots.findLastIndex(before));
    const [a, b] = [knots[i], knots[i + 1]];
    return { a, slope: b ? (b.y - a.y) / (b.at - a.at) : slope };
  };
  const waits = mode === 'even' ? [] : times.slice(1).map((to, i) => ({ from: times[i] + 2 * delay, to })).filter(({ from, to }) => (to - from) * slope > 150);
  return {
    y: (at) => {
      if (at < 0) return TOP + Math.max(-LEAD, at * slope);
      const { a, slope: s } = stretch((k) => k.at <= at);
      return a.y + (at - a.at) * s;
    },
    at: (y) => {
      if (y < TOP) return Math.max(-LEAD / slope, (y - TOP) / slope);
      const { a, slope: s } = stretch((k) => k.y <= y);
      return a.at + (y - a.y) / s;
    },
    factor: (at) => usual / stretch((k) => k.at <= at).slope,
    start: -Math.round(LEAD / slope), end, height: last.y, folds: [], bends: mode === 'even' ? times : [], waits,
  };
}
