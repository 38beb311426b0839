/**
 * sockets.js: `ss -tano` on both hosts, at the playhead.
 *
 * `socketsAt` folds the events into what the kernel of each host would list. Its conventions are those of ss: states with
 * hyphens and in its short forms, no line for a CLOSED socket (it is gone), and queues that count a SYN and a FIN as one byte,
 * which is why a socket that waits for the ACK of its FIN shows a Send-Q of 1 and one whose application has not read the end of
 * file a Recv-Q of 1. A wait is written in seconds with one decimal (`5.2sec`; ss itself would write `5.200ms` for 5.2 s).
 */

import { html } from '../svg.js';

/**
 * @typedef {import('../types').Event} Event @typedef {import('../types').Facts} Facts
 * @typedef {{host: string, conn: number, state: string, recvq: number, sendq: number, local: string, peer: string, timer: {name: string, due: number, retries: number} | null}} Socket
 * @typedef {Socket & {rcv: number | null, read: number, nxt: number | null, una: number | null}} Known
 */

/** @type {Record<string, string>} */
const NAMES = { ESTABLISHED: 'ESTAB', SYN_RCVD: 'SYN-RECV' };
/** By their names in ss, the one that is shown when several run first. FIN_WAIT_2's runs in a timewait socket, so ss calls it so. */
const TIMERS = /** @type {const} */ ([['TIME_WAIT', 'timewait'], ['RTO', 'on'], ['FIN_WAIT_2', 'timewait']]);

/** A state as ss prints it. @param {string} state */
export function ssState(state) {
  return NAMES[state] ?? state.replaceAll('_', '-');
}

/** A wait as it stands behind a timer's name. @param {number} us */
export function ssTime(us) {
  const tenths = Math.max(0, Math.round(us / 1e5));
  const minutes = Math.floor(tenths / 600);
  const rest = `${(tenths % 600) / 10}sec`;
  return minutes ? `${minutes}min${Math.floor((tenths % 600) / 10)}sec` : us < 1e6 ? `${Math.max(0, Math.round(us / 1e3))}ms` : rest;
}

/**
 * The sockets of all hosts after everything at or before t.
 * @param {readonly Event[]} events @param {number} t @param {Facts} facts
 * @returns {Socket[]}
 */
export function socketsAt(events, t, facts) {
  /** @type {Map<string, Known>} */
  const all = new Map();
  /** @type {Map<string, Map<string, {due: number, retries: number}>>} */
  const timers = new Map();
  /** @type {Map<number, Event>} */
  const sent = new Map();
  const addr = (/** @type {string} */ host) => facts.hosts.find((h) => h.name === host)?.addr ?? '';
  const other = (/** @type {string} */ host) => facts.hosts.find((h) => h.name !== host)?.addr ?? '';

  /** @param {Event} e */
  const of = (e) => {
    const key = `${e.host} ${e.conn ?? 1}`;
    let s = all.get(key);
    if (!s) all.set(key, (s = { host: e.host ?? '', conn: e.conn ?? 1, state: 'CLOSED', recvq: 0, sendq: 0, local: addr(e.host ?? ''), peer: other(e.host ?? ''), timer: null, rcv: null, read: 0, nxt: null, una: null }));
    return s;
  };

  for (const e of events) {
    if (e.at > t && e.ev !== 'preset') break;
    if (e.ev === 'preset') Object.assign(of(e), { state: e.state, local: e.local ?? '', peer: e.remote ?? '', nxt: e.snd_nxt ?? 0, una: e.snd_nxt ?? 0, rcv: e.rcv_nxt ?? 0, read: e.rcv_nxt ?? 0 });
    if (e.ev === 'state') of(e).state = e.to ?? '';
    if (e.ev === 'read') of(e).read += e.len ?? 0;
    if (e.ev === 'eof') of(e).read += 1;
    if (e.ev === 'copied') sent.set(e.seg ?? 0, sent.get(e.of ?? 0) ?? e);
    if (e.ev === 'timer') {
      const key = `${e.host} ${e.conn ?? 1}`;
      const mine = timers.get(key) ?? new Map();
      timers.set(key, mine);
      const before = mine.get(e.timer);
      if (e.do === 'start' || e.do === 'restart') mine.set(e.timer, { due: e.due ?? e.at, retries: before && before.due < 0 ? before.retries : 0 });
      // A timer that fired starts again for the same segment: that is what ss counts.
      else if (e.do === 'fire') mine.set(e.timer, { due: -1, retries: (before?.retries ?? 0) + 1 });
      else mine.delete(e.timer);
    }
    if (e.ev === 'sent') {
      sent.set(e.seg ?? 0, e);
      if (!e.conn || e.kind === 'RST') continue;
      const s = of(e);
      if (e.local && e.remote) Object.assign(s, { local: e.local, peer: e.remote });
      const end = (e.seq ?? 0) + (e.len ?? 0) + (has(e, 'SYN') ? 1 : 0) + (has(e, 'FIN') ? 1 : 0);
      s.una ??= e.seq ?? 0;
      s.nxt = Math.max(s.nxt ?? 0, end);
      if (!has(e, 'ACK')) continue;
      if (s.rcv === null) s.read = e.ack ?? 0;
      s.rcv = Math.max(s.rcv ?? 0, e.ack ?? 0);
    }
    if (e.ev === 'arrived' && e.conn) {
      const segment = sent.get(e.seg ?? 0);
      const s = of(e);
      if (segment && has(segment, 'ACK') && s.una !== null && (segment.ack ?? 0) <= (s.nxt ?? 0)) s.una = Math.max(s.una, segment.ack ?? 0);
    }
  }
  return [...all.values()].filter((s) => s.state !== 'CLOSED').map(({ rcv, read, nxt, una, ...s }) => {
    const mine = timers.get(`${s.host} ${s.conn}`);
    const running = TIMERS.find(([name]) => (mine?.get(name)?.due ?? -1) >= 0);
    const timer = running && mine?.get(running[0]);
    const waits = s.state === 'TIME_WAIT' || s.state === 'LISTEN';
    return {
      ...s,
      recvq: waits ? 0 : Math.max(0, (rcv ?? read) - read),
      sendq: waits ? 0 : Math.max(0, (nxt ?? 0) - (una ?? nxt ?? 0)),
      peer: s.state === 'LISTEN' ? '0.0.0.0:*' : s.peer,
      timer: timer && running ? { name: running[1], due: timer.due, retries: timer.retries } : null,
    };
  });
}

/** @param {Event} e @param {string} flag */
function has(e, flag) {
  return (e.flags ?? '').split(',').includes(flag);
}

/** @param {HTMLElement} root @param {import('../voice.js').Voice} voice @returns {import('../types').Panel} */
export function createSockets(root, voice) {
  /** @type {{node: HTMLElement, socket: Socket, said: string}[]} */
  let waits = [];
  const blocks = html('div', {});
  root.append(blocks, html('p', { class: 'panel-note' }, voice.ui('sockets.note')));

  /** @param {string[]} words @param {string} role @param {string} name @param {string} [state] */
  const row = (words, role, name, state) => html('div', { class: `ss-row ${name}`, role: 'row' },
    ...words.map((word, i) => html('span', { role, class: i === 0 && state ? 'ss-state' : null, 'data-state': i === 0 ? state : null }, word)));

  /** @param {number} t */
  function tick(t) {
    for (const wait of waits) {
      const { timer } = wait.socket;
      const said = timer ? `timer:(${timer.name},${ssTime(timer.due - t)},${timer.retries})` : '';
      if (said === wait.said) continue;
      wait.said = said;
      wait.node.textContent = said;
    }
  }

  return {
    draw({ events, facts, t }) {
      const all = socketsAt(events, t, facts);
      waits = [];
      blocks.replaceChildren(...facts.hosts.map(({ name }) => {
        const mine = all.filter((s) => s.host === name);
        const rows = mine.map((socket) => {
          const line = row([ssState(socket.state), String(socket.recvq), String(socket.sendq), socket.local, socket.peer, ''], 'cell', 'socket', socket.state);
          waits.push({ node: /** @type {HTMLElement} */ (line.lastElementChild), socket, said: '' });
          return line;
        });
        return html('div', { class: 'terminal' },
          html('p', { class: 'prompt' }, html('b', {}, voice.host(name)), '$ ss -tano'),
          html('div', { role: 'table', 'aria-label': voice.ui('sockets.of', { host: voice.host(name) }) },
            row(['State', 'Recv-Q', 'Send-Q', 'Local Address:Port', 'Peer Address:Port', 'Timer'], 'columnheader', 'names'), ...rows),
          mine.length ? null : html('p', { class: 'ss-none' }, voice.ui('sockets.none')));
      }));
      tick(Math.max(0, t));
    },
    tick,
  };
}
