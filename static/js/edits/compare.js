/**
 * compare.js: what two runs of one figure have to do with each other.
 *
 * An edit gives another run. Two questions follow: where is the playhead now, and what has changed? Both are answered by
 * what events ARE, not by when they are or at which place of the list: "the server's second FIN arrives" is the same event
 * in both runs even if it is a second later and has another number.
 */

/** @typedef {import('../types').Event} Event */

/**
 * The moment of `next` that corresponds to t in `before`: the same time if nothing up to there has changed, else the time of
 * the same event, and as long after it as before but never past the event that follows it.
 * @param {readonly Event[]} before @param {number} t @param {readonly Event[]} next
 */
export function sameMoment(before, t, next) {
  let last = before.findLastIndex((e) => e.at <= t);
  if (last < 0 || parting(before, next) > last) return t;
  const names = identities(next);
  const known = identities(before);
  for (const offset = t - before[last].at; last >= 0; last--) {
    const n = names.indexOf(known[last]);
    if (n < 0) continue;
    const at = next[n].at;
    const following = next.find((e) => e.at > at);
    return following ? Math.min(at + offset, Math.max(at, following.at - 1)) : at;
  }
  return 0;
}

/** The first place at which two runs differ, which may be where the shorter one ends. @param {readonly Event[]} a @param {readonly Event[]} b */
export function parting(a, b) {
  for (let n = 0; n < a.length && n < b.length; n++) {
    const [x, y] = [a[n], b[n]];
    if (x !== y && (x.at !== y.at || x.ev !== y.ev || x.host !== y.host || x.seg !== y.seg || x.to !== y.to || x.do !== y.do)) return n;
  }
  return Math.min(a.length, b.length);
}

/**
 * A name for each event that another run of the figure would give it, too.
 * @param {readonly Event[]} events @returns {string[]}
 */
export function identities(events) {
  /** @type {Map<number, string>} */
  const segments = new Map();
  /** @type {Map<string, number>} */
  const seen = new Map();
  return events.map((e) => {
    if (e.seg !== undefined && !segments.has(e.seg)) segments.set(e.seg, `${e.host} ${e.kind}#${e.nth}${e.ev === 'copied' ? ' copy' : ''}`);
    const name = [e.ev, e.host, e.conn, e.seg === undefined ? '' : segments.get(e.seg), e.from, e.to, e.timer, e.do, e.call].join('|');
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return `${name}|${n}`;
  });
}

/**
 * What an edit changed, in the order in which it matters: what a load adds up to, when the ends are CLOSED, the first state
 * that differs, what the applications read, how many segments there are. Nothing at all is found only when every event is the
 * same in every field.
 * @param {readonly Event[]} before @param {readonly Event[]} next
 * @returns {{key: string, host?: string, conns?: number[], kind?: string, state?: string, n?: number, was?: number, by?: number, time?: number}[]}
 */
export function differences(before, next) {
  /** @type {ReturnType<typeof differences>} */
  const found = sumsThatDiffer(before, next);
  if (found.length) return found; // of very many connections, those that are told one by one say little
  for (const host of hostsOf([...before, ...next])) found.push(...endsThatDiffer(before, next, host));
  const state = found.length ? null : stateDifference(before, next);
  if (state) found.push(state);
  for (const host of hostsOf([...before, ...next])) found.push(...readDifference(before, next, host));
  const [was, is] = [kindsOf(before), kindsOf(next)];
  for (const kind of new Set([...was.keys(), ...is.keys()])) {
    const n = (is.get(kind) ?? 0) - (was.get(kind) ?? 0);
    // Every other kind is called by a flag, which is the same in all languages.
    if (n) found.push({ key: `${n > 0 ? 'more' : 'fewer'}${kind === 'data' ? '.data' : ''}`, kind, n: Math.abs(n) });
  }
  if (!found.length && JSON.stringify(before) !== JSON.stringify(next)) found.push({ key: 'way' });
  return found;
}

/** What counts of a load, at the end that connects. */
const SUMS = /** @type {const} */ (['failed', 'opened', 'rst_sent', 'time_wait_full']);

/** @param {readonly Event[]} before @param {readonly Event[]} next @returns {ReturnType<typeof differences>} */
function sumsThatDiffer(before, next) {
  const [was, is] = [before, next].map((events) => events.findLast((e) => e.counts?.connects)?.counts);
  if (!was || !is) return [];
  return SUMS.filter((name) => was[name] !== is[name]).map((name) => ({ key: `sum.${name}`, was: was[name], n: is[name] }));
}

/**
 * The first state, by its time, that one run enters and the other does not, or not then.
 * @param {readonly Event[]} before @param {readonly Event[]} next
 */
function stateDifference(before, next) {
  /** @type {{at: number, found: ReturnType<typeof differences>[number]} | null} */
  let first = null;
  for (const host of hostsOf([...before, ...next])) {
    const [was, is] = [lasting(before, host), lasting(next, host)];
    const i = was.findIndex((a, n) => a.to !== is[n]?.to || a.at !== is[n].at);
    const [a, b] = i < 0 ? [undefined, is[was.length]] : [was[i], is[i]];
    if (!a && !b) continue;
    const skipped = a && !is.slice(i).some((e) => e.to === a.to);
    const at = Math.min(a?.at ?? Infinity, b?.at ?? Infinity);
    if (first && first.at <= at) continue;
    if (skipped || !b) first = { at, found: { key: 'skips', host, state: a?.to } };
    else first = { at, found: { key: 'enters', host, state: b.to, time: b.at } };
  }
  return first?.found ?? null;
}

/**
 * What an application reads. Bytes of another connection are told by themselves: they are the harm that old duplicates do.
 * @param {readonly Event[]} before @param {readonly Event[]} next @param {string} host
 */
function readDifference(before, next, host) {
  /** @param {readonly Event[]} events @param {(e: Event) => number} bytes */
  const sumOf = (events, bytes) => events.reduce((n, e) => n + (e.ev === 'read' && e.host === host ? bytes(e) : 0), 0);
  /** @param {(e: Event) => number} bytes */
  const more = (bytes) => sumOf(next, bytes) - sumOf(before, bytes);
  const told = { foreign: more((e) => e.foreign ?? 0), reads: more((e) => (e.len ?? 0) - (e.foreign ?? 0)) };
  return Object.entries(told).filter(([, n]) => n).map(([what, n]) => ({ key: `${what}.${n > 0 ? 'more' : 'fewer'}`, host, n: Math.abs(n) }));
}

/** The states that a host enters and stays in: one that it leaves in the same instant is passed through. @param {readonly Event[]} events @param {string} host */
function lasting(events, host) {
  const states = events.filter((e) => e.ev === 'state' && e.host === host);
  return states.filter((e, n) => !states.slice(n + 1).some((later) => later.conn === e.conn && later.at === e.at));
}

/** @param {readonly Event[]} events */
function hostsOf(events) {
  return new Set(events.flatMap((e) => (e.ev === 'state' && e.host ? [e.host] : [])));
}

/**
 * When a host's connections are CLOSED. Those of which the same can be said are told together, by their numbers unless the host
 * has no others; one that only one of the runs has is told by its segments.
 * @param {readonly Event[]} before @param {readonly Event[]} next @param {string} host
 */
function endsThatDiffer(before, next, host) {
  const [had, has] = [connectionsOf(before, host), connectionsOf(next, host)];
  const all = [...new Set([...had, ...has])].sort((a, b) => a - b);
  /** @type {ReturnType<typeof differences>} */
  const found = [];
  for (const [i, conn] of all.entries()) {
    if (!had.has(conn) || !has.has(conn)) continue;
    const [was, is] = [closedAt(before, host, conn), closedAt(next, host, conn)];
    if (was === is) continue;
    /** @type {(typeof found)[number]} */
    const one = is === null ? { key: 'closed.never', host } : was === null ? { key: 'closed.now', host, time: is } : { key: is > was ? 'closed.later' : 'closed.sooner', host, by: Math.abs(is - was) };
    const alike = found.find((other) => other.key === one.key && other.by === one.by && other.time === one.time);
    if (alike) alike.conns?.push(i + 1);
    else found.push({ ...one, conns: [i + 1] });
  }
  return found.map(({ conns, ...one }) => (conns?.length === all.length ? one : { ...one, conns }));
}

/** What has been more than a listening socket. @param {readonly Event[]} events @param {string} host */
function connectionsOf(events, host) {
  return new Set(events.flatMap(({ host: at, conn, state, to }) => (at === host && conn && !['LISTEN', 'CLOSED', undefined].includes(state ?? to) ? [conn] : [])));
}

/** @param {readonly Event[]} events @param {string} host @param {number} conn @returns {number | null} */
function closedAt(events, host, conn) {
  const last = events.findLast((e) => e.ev === 'state' && e.host === host && e.conn === conn);
  return last?.to === 'CLOSED' ? last.at : null;
}

/** @param {readonly Event[]} events */
function kindsOf(events) {
  /** @type {Map<string, number>} */
  const kinds = new Map();
  for (const e of events) if (e.ev === 'sent') kinds.set(e.kind ?? '', (kinds.get(e.kind ?? '') ?? 0) + 1);
  return kinds;
}
