/**
 * timescale.js: virtual time <-> the height of the page.
 */

/** @typedef {import('./types').Event} Event @typedef {import('./types').Scale} Scale @typedef {import('./types').Fold} Fold */

export const CROSSING = 60;
const USUAL = 50_000;
const DECADE = 46;
const SOFT = DECADE / Math.LN10;
const SHOWN = 24;
/** Room above time 0, in which the states that the run begins with are drawn. The playhead starts LEAD above 0, before anything. */
export const TOP = 50;
export const LEAD = 18;

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
 * @param {{delay: number}} options the one-way delay at the start of the run
 * @returns {Scale}
 */
export function timescale(events, { delay }) {
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
