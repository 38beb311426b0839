/**
 * timescale.js: virtual time <-> the height of the page.
 *
 * One monotone map serves the axis, the scrubber and playback, so that "further down" and "later" never disagree and a
 * playhead that moves at constant pixels per second passes an exchange slowly and a minute of silence quickly.
 *
 * Three rules make it:
 *
 *  1. While something happens, time is linear, so that slopes are true and a crossing is a crossing. The ruler is the
 *     network's own: one crossing is CROSSING pixels at 50 ms, and grows slower than the delay does, so that a slow network
 *     looks steep and a fast one still has room for its labels. A `link` event with a new delay changes the ruler from there.
 *  2. A silence is drawn true for its first round trip; from there its height grows with the logarithm of the silence so
 *     far, leaving the true slope without a corner. Ten times the silence is DECADE more pixels: 60 s and 240 s differ and
 *     both fit a screen.
 *  3. The map is built from left to right and looks only back. The height at t depends on the events before t, never on
 *     what comes after, so a splice cannot move anything that was drawn before the cut (rulings 22).
 *
 * Decision, 2026-11-22: rulings 22 folds where nothing happens for more than 3 RTT. Here a silence begins to shrink after
 * its FIRST round trip. The reason is rule 3: whether a silence will last 3 RTT is not known while it lasts, so with that
 * threshold every silence keeps three full round trips of empty page (360 px, half a screen) before it may shrink. After one
 * round trip every answer that could come has come, so silence is a fact already. The zigzag is drawn only where the page
 * is really shortened by an amount worth telling (see SHOWN).
 */

/** @typedef {import('./types').Event} Event @typedef {import('./types').Scale} Scale @typedef {import('./types').Fold} Fold */

export const CROSSING = 60;
const USUAL = 50_000;
const DECADE = 46;
const SOFT = DECADE / Math.LN10;
const SHOWN = 24;
/** Room above time 0, in which the states that the run begins with are drawn. The playhead starts LEAD above 0, before anything. */
const TOP = 50;
const LEAD = 18;
/** Even steps: from one instant to the next. */
const STEP = 56;
/** A run at true scale is at most this high: a browser draws no picture of a hundred thousand pixels. */
const TALLEST = 8000;
/** @typedef {'compressed' | 'true' | 'even'} Mode */

/**
 * How many pixels one crossing takes at this one-way delay.
 * @param {number} delay
 */
export function crossing(delay) {
  return Math.min(110, Math.max(44, CROSSING * (Math.max(delay, 1) / USUAL) ** 0.35));
}

/** @typedef {{at: number, y: number, rtt: number, px: number}} Knot from here on: the round trip in time and in pixels */

/**
 * @param {readonly Event[]} events
 * @param {{delay: number, mode?: Mode}} options the one-way delay at the start of the run
 * @returns {Scale}
 */
export function timescale(events, { delay, mode = 'compressed' }) {
  if (mode !== 'compressed') return straight(events, delay, mode);
  /** @type {Record<string, number>} */
  const delays = { '': delay };
  const ruler = () => {
    const slowest = Math.max(...Object.values(delays), 1);
    return { rtt: 2 * slowest, px: 2 * crossing(slowest) };
  };
  /** @type {Knot[]} */
  const knots = [{ at: 0, y: TOP, ...ruler() }];
  /** @type {Fold[]} */
  const folds = [];
  /** @type {number[]} */
  const bends = [];
  for (const e of events) {
    const last = knots[knots.length - 1];
    if (e.at > last.at) {
      const y = last.y + grown(last, e.at - last.at);
      const edge = last.y + last.px;
      if (y - edge > SHOWN) folds.push({ from: last.at + last.rtt, to: e.at, y0: edge, y1: y, since: last.at });
      if (e.at - last.at > last.rtt) bends.push(...steps(last.at + last.rtt, e.at));
      knots.push({ at: e.at, y, rtt: last.rtt, px: last.px });
    }
    if (e.ev === 'link' && e.delay !== undefined) {
      if (e.host) delays[e.host] = e.delay;
      else for (const name in delays) delays[name] = e.delay;
      Object.assign(knots[knots.length - 1], ruler());
      bends.push(e.at);
    }
  }
  const end = knots[knots.length - 1];
  const slope = knots[0].px / knots[0].rtt;
  const start = -Math.round(LEAD / slope);
  return {
    y: (at) => {
      if (at < 0) return TOP + Math.max(-LEAD, at * slope);
      const knot = lastKnot(knots, (k) => k.at <= at);
      return knot.y + grown(knot, Math.max(0, at - knot.at));
    },
    at: (y) => {
      if (y < TOP) return Math.max(start, (y - TOP) / slope);
      const knot = lastKnot(knots, (k) => k.y <= y);
      return knot.at + shrunk(knot, y - knot.y);
    },
    factor: (at) => {
      const { rtt, px, at: since } = lastKnot(knots, (k) => k.at <= at);
      return at - since <= rtt ? 1 : 1 + ((at - since - rtt) / rtt) * (px / SOFT);
    },
    start, end: end.at, height: end.y, folds, bends, waits: folds.map(({ from, to }) => ({ from, to })),
  };
}

/**
 * The two axes that do not fold. At true scale the whole run is one straight ruler, so that one sees how long a wait really is.
 * In even steps every instant is as far from the next, so that nothing is small; slopes mean nothing there, and lines bend at
 * every instant. Rule 3 does not hold for them: a longer run is a finer ruler, and the height of an instant says only how many
 * came before it.
 * @param {readonly Event[]} events @param {number} delay @param {'true' | 'even'} mode
 * @returns {Scale}
 */
function straight(events, delay, mode) {
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

/** Close enough together for straight lines between them to follow the curve of a silence. @param {number} from @param {number} to */
function steps(from, to) {
  return [0, 0.02, 0.06, 0.15, 0.3, 0.55, 1].map((share) => from + (to - from) * share);
}

/**
 * The height of a silence: true for one round trip, then logarithmic with the same slope at the joint.
 * @param {Knot} knot @param {number} silence
 */
function grown({ rtt, px }, silence) {
  if (silence <= rtt) return (px * silence) / rtt;
  return px + SOFT * Math.log1p(((silence - rtt) / rtt) * (px / SOFT));
}

/** The inverse of `grown`. @param {Knot} knot @param {number} height */
function shrunk({ rtt, px }, height) {
  if (height <= px) return (height / px) * rtt;
  return rtt + rtt * (SOFT / px) * Math.expm1((height - px) / SOFT);
}

/** @param {Knot[]} knots @param {(knot: Knot) => boolean} before true for a prefix of the knots */
function lastKnot(knots, before) {
  let low = 0;
  let high = knots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(knots[middle])) low = middle + 1;
    else high = middle;
  }
  return knots[Math.max(0, low - 1)];
}
