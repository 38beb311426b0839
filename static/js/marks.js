/**
 * marks.js: from events to the things that are drawn.
 */

/**
 * @typedef {import('./types').Event} Event @typedef {import('./types').Arrow} Arrow @typedef {import('./types').Band} Band
 * @typedef {import('./types').Bracket} Bracket @typedef {import('./types').Note} Note @typedef {import('./types').Marks} Marks
 * @typedef {import('./types').Instant} Instant
 */

/** Where a forged segment comes into the picture. */
export const FORGED = 0.5;

/**
 * @param {readonly Event[]} events
 * @param {{hosts: string[], delay: number}} facts the hosts from left to right, and the one-way delay at the start
 * @returns {Marks}
 */
export function marksOf(events, { hosts, delay }) {
  const end = events.length ? events[events.length - 1].at : 0;
  return {
    hosts,
    bands: bandsOf(events),
    arrows: arrowsOf(events, hosts, delay),
    brackets: bracketsOf(events),
    notes: notesOf(events),
    weather: events.flatMap((e, n) => (e.ev === 'link' ? [{ at: e.at, n, host: e.host ?? '', loss: e.loss, delay: e.delay, what: e.why, value: e.share ?? e.for, free: !!e.arg }] : [])),
    instants: instantsOf(events),
    end,
  };
}

/**
 * Where a segment is at t: the share of its crossing, 0 at the sender and 1 at the receiver.
 * @param {Arrow} arrow @param {number} t
 */
export function placeAt(arrow, t) {
  const { path } = arrow;
  if (t <= path[0].at) return path[0].x;
  for (let i = 1; i < path.length; i++) {
    const a = path[i - 1];
    const b = path[i];
    if (t <= b.at) return b.at === a.at ? b.x : a.x + ((b.x - a.x) * (t - a.at)) / (b.at - a.at);
  }
  return path[path.length - 1].x;
}

/** @param {readonly Event[]} events @returns {Instant[]} */
export function instantsOf(events) {
  /** @type {Instant[]} */
  const instants = [];
  events.forEach((e, n) => {
    const last = instants[instants.length - 1];
    if (last && last.at === e.at) last.last = n;
    else instants.push({ at: e.at, first: n, last: n });
  });
  return instants;
}

/**
 * A state without duration is in the list and gets no band (rulings 12).
 * @param {readonly Event[]} events @returns {Band[]}
 */
function bandsOf(events) {
  /** @type {Band[]} */
  const bands = [];
  /** @type {Map<string, Band>} the last of each connection */
  const open = new Map();
  events.forEach((e, n) => {
    if (e.ev !== 'preset' && e.ev !== 'state') return;
    const key = `${e.host} ${e.conn ?? 1}`;
    const before = open.get(key);
    if (before) before.to = e.at;
    // Connections that a host has at once run side by side; what is chosen does not depend on what follows.
    const lane = before && before.state !== 'CLOSED' ? before.lane : freeLane([...open.values()].filter((b) => b !== before && b.host === (e.host ?? '') && b.state !== 'CLOSED'));
    const band = { host: e.host ?? '', conn: e.conn ?? 1, lane, state: (e.ev === 'preset' ? e.state : e.to) ?? '', from: e.at, to: null, n, preset: e.ev === 'preset' };
    open.set(key, band);
    bands.push(band);
  });
  return bands.filter((band) => band.to === null || band.to > band.from || band.preset);
}

/** @param {{lane: number}[]} open those that it is to run beside */
function freeLane(open) {
  const taken = new Set(open.map((mark) => mark.lane));
  let lane = 0;
  while (taken.has(lane)) lane++;
  return lane;
}

/**
 * The ends of a connection, as `host conn`: the one that is asked about, and those that it has segments from and to.
 * @param {readonly Arrow[]} arrows @param {string} end
 */
export function endsOf(arrows, end) {
  const ends = new Set([end]);
  for (const arrow of arrows) {
    const [from, to] = [`${arrow.from} ${arrow.conn}`, `${arrow.to} ${arrow.toConn}`];
    if (from === end && arrow.toConn !== null) ends.add(to);
    if (to === end) ends.add(from);
  }
  return ends;
}

/** @param {readonly Event[]} events @param {string[]} hosts @param {number} delay @returns {Arrow[]} */
function arrowsOf(events, hosts, delay) {
  /** @type {Map<number, Arrow>} */
  const bySeg = new Map();
  /** @type {Record<string, number>} */
  const pace = Object.fromEntries(hosts.map((name) => [name, delay]));
  events.forEach((e, n) => {
    if (e.ev === 'link' && e.delay !== undefined) for (const name of e.host ? [e.host] : hosts) pace[name] = e.delay;
    if (e.ev === 'sent' || e.ev === 'copied' || e.ev === 'injected') {
      bySeg.set(e.seg ?? 0, begun(e, n, e.ev === 'copied' ? bySeg.get(e.of ?? 0) : undefined, hosts, pace[e.host ?? '']));
      return;
    }
    const arrow = bySeg.get(e.seg ?? -1);
    if (!arrow) return;
    if (e.ev === 'held') {
      arrow.held = e.for ?? 0;
      arrow.path = pathOf(arrow.sent, arrow.flight + arrow.held, arrow.flight);
    }
    if (e.ev === 'ignored') arrow.ignored = e.why || 'ignored';
    if (e.ev === 'arrived' || e.ev === 'lost' || e.ev === 'expired') {
      arrow.fate = /** @type {Arrow['fate']} */ (e.ev);
      arrow.end = e.at;
      arrow.endN = n;
      if (e.ev === 'arrived') arrow.toConn = e.conn ?? null;
    }
    // A forged one comes from nowhere, in no time: it is drawn as its last stretch.
    if (arrow.forged) return;
    // Who comes late by jitter was slower all the way; who was held waited in the middle.
    if (e.ev === 'arrived') arrow.path = pathOf(arrow.sent, e.at - arrow.sent, Math.min(e.flight ?? arrow.flight, e.at - arrow.sent));
    if (e.ev === 'lost' || e.ev === 'expired') {
      const whole = e.flight ?? arrow.flight;
      arrow.path = pathOf(arrow.sent, Math.max(whole, e.at - arrow.sent), arrow.copy ? Math.min(arrow.flight, whole) : whole - Math.min(arrow.held, whole));
    }
  });
  const arrows = [...bySeg.values()];
  // Nothing says how much later a copy comes until it does, which may be behind a question: one that is overdue is still under way.
  const known = events.at(-1)?.at ?? 0;
  for (const arrow of arrows) if (arrow.copy && arrow.end === null && known > arrow.sent + arrow.flight) arrow.path = pathOf(arrow.sent, known - arrow.sent + arrow.flight / 2, arrow.flight);
  arrows.forEach((arrow, i) => {
    for (let k = i - 1; k >= 0 && arrows[k].sent === arrow.sent; k--) if (arrows[k].from === arrow.from) arrow.beside++;
  });
  return arrows;
}

/**
 * @param {Event} e @param {number} n @param {Arrow | undefined} original @param {string[]} hosts @param {number} flight
 * @returns {Arrow}
 */
function begun(e, n, original, hosts, flight) {
  const from = e.host ?? original?.from ?? hosts[0];
  return {
    seg: e.seg ?? 0, from, to: e.dst ?? original?.to ?? hosts.find((name) => name !== from) ?? from,
    conn: e.conn ?? original?.conn ?? 1, toConn: null,
    kind: e.kind ?? original?.kind ?? 'ACK', nth: e.nth ?? original?.nth ?? 1, flags: e.flags ?? original?.flags ?? '',
    seq: e.seq ?? original?.seq ?? 0, ack: e.ack ?? original?.ack, len: e.len ?? original?.len,
    retry: e.retry ?? original?.retry ?? 0, of: e.of ?? null, copy: e.ev === 'copied', held: 0,
    sent: e.at, sentN: n, flight, end: null, endN: null, fate: 'flying', ignored: '', beside: 0,
    forged: e.ev === 'injected',
    path: e.ev === 'injected' ? [{ at: e.at, x: FORGED }, { at: e.at, x: 1 }] : pathOf(e.at, flight, flight),
  };
}

/**
 * @param {number} sent @param {number} whole the time of the whole trip @param {number} moving the part of it spent moving
 * @returns {{at: number, x: number}[]}
 */
function pathOf(sent, whole, moving) {
  const arrival = { at: sent + whole, x: 1 };
  // A rounding difference is no wait; a held segment waits for at least a tenth of its flight.
  if (whole - moving < moving / 10) return [{ at: sent, x: 0 }, arrival];
  return [{ at: sent, x: 0 }, { at: sent + moving / 2, x: 0.5 }, { at: sent + whole - moving / 2, x: 0.5 }, arrival];
}

/** @param {readonly Event[]} events @returns {Bracket[]} */
function bracketsOf(events) {
  /** @type {Bracket[]} */
  const brackets = [];
  /** @type {Map<string, Bracket>} */
  const open = new Map();
  events.forEach((e, n) => {
    if (e.ev !== 'timer') return;
    const key = `${e.host} ${e.conn ?? 1} ${e.timer}`;
    const before = open.get(key);
    if (before) {
      before.to = e.at;
      before.end = e.do === 'fire' ? 'fire' : e.do === 'stop' ? 'stop' : 'restart';
      open.delete(key);
    }
    if (e.do !== 'start' && e.do !== 'restart') return;
    // A bracket runs beside those that are still open on its side; once chosen, its lane does not depend on what follows.
    const lane = freeLane([...open.values()].filter((b) => b.host === e.host));
    const bracket = /** @type {Bracket} */ ({ host: e.host ?? '', timer: e.timer ?? '', from: e.at, due: e.due ?? e.at, to: null, end: 'open', again: e.do === 'restart', n, lane });
    open.set(key, bracket);
    brackets.push(bracket);
  });
  return brackets;
}

/** @param {readonly Event[]} events @returns {Note[]} */
function notesOf(events) {
  /** @type {Note[]} */
  const notes = [];
  /** @type {Map<string, number>} when an end began to wait for a FIN */
  const started = new Map();
  events.forEach((e, n) => {
    const common = { host: e.host ?? '', conn: e.conn ?? 1, at: e.at, n };
    if (e.ev === 'preset') notes.push({ ...common, kind: 'state', text: e.state ?? '', state: e.state, preset: true });
    if (e.ev === 'state') notes.push({ ...common, kind: 'state', text: e.to ?? '', state: e.to });
    if (e.ev === 'call') notes.push({ ...common, kind: 'call', text: `${e.call}(${e.len ?? ''})${e.errno ? ` = ${e.errno}` : ''}` });
    if (e.ev === 'return' && e.call && !/^(socket|setsockopt|bind|listen|poll|so_error|recv|recv_eof|accept)$/.test(e.call)) returned(notes, common, e);
    if (e.ev === 'eof') notes.push({ ...common, kind: 'call', text: 'read() = 0' });
    if (e.ev === 'read') notes.push({ ...common, kind: 'call', text: `read() = ${e.len}` });
    if (e.ev === 'error') notes.push({ ...common, kind: 'call', text: e.errno ?? '' });
    // How long it would wait for a FIN that comes is no news; it is when none comes, and then that is known.
    if (e.ev === 'timer' && e.timer === 'FIN_WAIT_2') {
      if (e.do === 'fire') notes.push({ ...common, kind: 'timer', text: '', timer: e.timer, dur: e.at - (started.get(`${e.host} ${e.conn ?? 1}`) ?? e.at) });
      else started.set(`${e.host} ${e.conn ?? 1}`, e.at);
    } else if (e.ev === 'timer' && (e.do === 'start' || e.do === 'restart')) {
      notes.push({ ...common, kind: 'timer', text: '', timer: e.timer, dur: (e.due ?? e.at) - e.at, again: e.do === 'restart' });
    }
  });
  return notes;
}

/**
 * What a call returned: beside the call if that was in the same instant, else where it returns.
 * @param {Note[]} notes @param {{host: string, conn: number, at: number, n: number}} common @param {Event} e
 */
function returned(notes, common, e) {
  const said = e.errno || String(e.ret ?? 0);
  const call = notes.findLast((note) => note.kind === 'call' && note.host === e.host && note.text.startsWith(`${e.call}(`));
  if (call && call.at === e.at) call.text += e.errno ? ` = ${said}` : '';
  else notes.push({ ...common, kind: 'call', text: `${e.call}() = ${said}` });
}
