/**
 * fold.js: the world at one instant, from the list of events alone.
 */

/** @typedef {import('./types').Event} Event @typedef {import('./types').World} World @typedef {import('./types').HostNow} HostNow */

const STRIDE = 64;

/** @type {WeakMap<readonly Event[], World[]>} */
const stores = new WeakMap();

/**
 * Everything that is true at instant t: after all events at or before it.
 * @param {readonly Event[]} events in order of time
 * @param {number} t
 * @returns {World}
 */
export function stateAt(events, t) {
  const count = countAt(events, t);
  let store = stores.get(events);
  if (!store) stores.set(events, (store = [{ count: 0, hosts: {}, flying: new Map(), link: {}, counts: {} }]));
  while ((store.length) * STRIDE <= count) {
    const last = store[store.length - 1];
    store.push(advance(events, last, last.count + STRIDE));
  }
  return advance(events, store[Math.floor(count / STRIDE)], count);
}

/**
 * How many events have happened at t. The presets that a run begins with are no happenings: they hold before it, too.
 * @param {readonly Event[]} events
 * @param {number} t
 */
export function countAt(events, t) {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle].at <= t) low = middle + 1;
    else high = middle;
  }
  while (low < events.length && events[low].ev === 'preset') low++;
  return low;
}

/**
 * The world after `count` events, given an earlier one, which stays as it is.
 * @param {readonly Event[]} events @param {World} from @param {number} count
 * @returns {World}
 */
function advance(events, from, count) {
  /** @type {World} */
  const world = { count, hosts: {}, flying: new Map(from.flying), link: { ...from.link }, counts: { ...from.counts } };
  for (const name in from.hosts) world.hosts[name] = { ...from.hosts[name], open: new Map(from.hosts[name].open), timers: { ...from.hosts[name].timers } };
  for (let n = from.count; n < count; n++) apply(world, events[n]);
  return world;
}

/** @param {World} world @param {Event} e */
function apply(world, e) {
  switch (e.ev) {
    case 'preset':
      changed(host(world, e), e, e.state ?? '');
      break;
    case 'state':
      changed(host(world, e), e, e.to ?? '');
      break;
    case 'timer': {
      const { timers } = host(world, e);
      if (e.do === 'start' || e.do === 'restart') timers[e.timer ?? ''] = { start: e.at, due: e.due ?? e.at };
      else delete timers[e.timer ?? ''];
      break;
    }
    case 'sent':
    case 'copied':
      world.flying.set(e.seg ?? 0, e.at);
      break;
    case 'arrived':
    case 'lost':
    case 'expired':
      world.flying.delete(e.seg ?? 0);
      break;
    case 'counters':
      if (e.host && e.counts) world.counts[e.host] = e.counts;
      break;
    case 'link':
      for (const name of e.host ? [e.host] : ['', ...Object.keys(world.hosts)]) {
        world.link[name] = { ...world.link[name], ...(e.loss !== undefined && { loss: e.loss }), ...(e.delay !== undefined && { delay: e.delay }), ...(e.why && { [e.why]: e.share ?? e.for ?? 0 }) };
      }
      break;
  }
}

/**
 * A host with several connections is in the state of the one that changed last, of those that are open: a listener that goes,
 * or an earlier connection, does not say that this one is closed.
 * @param {HostNow} now @param {Event} e @param {string} state
 */
function changed(now, e, state) {
  const conn = e.conn ?? 1;
  now.open.delete(conn);
  if (state !== 'CLOSED') now.open.set(conn, state);
  const open = [...now.open.values()];
  now.state = open.findLast((state) => state !== 'LISTEN') ?? open[0] ?? state;
}

/** @param {World} world @param {Event} e @returns {HostNow} */
function host(world, e) {
  return (world.hosts[e.host ?? ''] ??= { state: '', open: new Map(), timers: {} });
}
