/**
 * calls.js: what the applications asked of their sockets, and what they got.
 *
 * `callsOf` pairs the calls of a run with their return values. Most return at once, since a close or a send only hands the
 * work to TCP; connect() returns when the connection is there, and what read() returns is what the peer did. The lines are
 * C without invented numbers: `fd` is whatever descriptor the program holds. A failed call returns -1 and names its errno.
 *
 * A line chooses its event, and with it the row of the list and the instant of the picture.
 */

import { html } from '../svg.js';

/** @typedef {import('../types').Event} Event @typedef {{n: number, at: number, host: string, asks: string, gets: string, doneAt: number}} Call */

const BAD = /^-1/;

/**
 * @param {readonly Event[]} events @param {(host: string) => string} peer the address that a host connects to
 * @returns {Call[]}
 */
export function callsOf(events, peer) {
  /** @type {Call[]} */
  const calls = [];
  /** @type {Map<string, Call>} connects that have not returned */
  const open = new Map();
  events.forEach((e, n) => {
    const key = `${e.host} ${e.conn ?? 1}`;
    const call = { n, at: e.at, host: e.host ?? '', asks: '', gets: '0', doneAt: e.at };
    const failed = e.errno ? `-1 ${e.errno}` : '';
    switch (e.ev) {
      case 'call':
        call.asks = asksOf(e, peer(call.host));
        call.gets = failed || (e.call === 'send' ? String(e.len ?? 0) : '0');
        if (e.call === 'connect' && !failed) open.set(key, Object.assign(call, { doneAt: Infinity }));
        calls.push(call);
        break;
      case 'state': {
        const waiting = open.get(key);
        if (waiting && e.to === 'ESTABLISHED') {
          waiting.doneAt = e.at;
          open.delete(key);
        }
        break;
      }
      case 'read':
        calls.push({ ...call, asks: 'read(fd, buf, n)', gets: String(e.len ?? 0) });
        break;
      case 'eof':
        calls.push({ ...call, asks: 'read(fd, buf, n)', gets: '0' });
        break;
      case 'error': {
        const waiting = open.get(key);
        open.delete(key);
        if (waiting) Object.assign(waiting, { gets: failed, doneAt: e.at });
        else calls.push({ ...call, asks: e.call ? asksOf(e, peer(call.host)) : 'read(fd, buf, n)', gets: failed });
      }
    }
  });
  return calls;
}

/** @param {Event} e @param {string} peer */
function asksOf({ call, len }, peer) {
  switch (call) {
    case 'shutdown': return 'shutdown(fd, SHUT_WR)';
    case 'send': return `send(fd, buf, ${len ?? 0}, 0)`;
    case 'connect': return `connect(fd, "${peer}")`;
    case 'listen': return 'listen(fd, backlog)';
    // What ABORT is in the sockets interface: a close that lingers for no time.
    case 'abort': return 'close(fd)  /* SO_LINGER {1, 0} */';
    default: return `${call}(fd)`;
  }
}

/** @param {HTMLElement} root @param {import('../voice.js').Voice} voice @param {import('../types').PanelDeeds} deeds @returns {import('../types').Panel} */
export function createCalls(root, voice, deeds) {
  return {
    draw({ events, marks, facts, t, focus, instant }) {
      const calls = callsOf(events, (host) => facts.hosts.find((h) => h.name !== host)?.addr ?? '').filter((c) => c.at <= t);
      const focused = root.contains(document.activeElement) ? document.activeElement?.getAttribute('data-n') : null;
      root.replaceChildren(...marks.hosts.flatMap((host) => {
        const mine = calls.filter((c) => c.host === host);
        return [
          html('div', { class: 'calls-host' }, html('p', { class: 'calls-name' }, voice.host(host)), mine.length ? '' : html('span', { class: 'panel-note' }, voice.ui('calls.none'))),
          html('ol', { class: 'calls-list' }, ...mine.map((call) => html('li', {}, line(call, call.doneAt <= t, call.n === focus || call.at === instant?.at)))),
        ];
      }));
      if (focused) /** @type {HTMLElement | null} */ (root.querySelector(`[data-n="${focused}"]`))?.focus({ preventScroll: true });
    },
  };

  /** @param {Call} call @param {boolean} done @param {boolean} now */
  function line(call, done, now) {
    const gets = done ? `= ${call.gets}` : voice.ui('calls.waiting');
    const node = html('button', { type: 'button', class: 'call', 'data-n': call.n, 'aria-current': now ? 'step' : null },
      html('time', {}, voice.time(call.at)), html('span', {}, call.asks, ' ', html('span', { class: done && BAD.test(call.gets) ? 'gets bad' : 'gets' }, gets)));
    node.addEventListener('click', () => deeds.choose(call.n));
    return node;
  }
}
