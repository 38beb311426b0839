/**
 * calls.js: what the applications asked of their sockets, and what they got.
 *
 * `callsOf` pairs the calls of a run with their return values. Where programs are told by their calls, each call has a return of
 * its own, and may wait for it. Elsewhere most return at once, since a close or a send only hands the work to TCP; connect()
 * returns when the connection is there, and what read() returns is what the peer did. The lines are C without invented
 * numbers: `fd` is whatever descriptor the program holds, unless it has a name. A failed call returns -1 and names its errno.
 *
 * A line chooses its event, and with it the row of the list and the instant of the picture.
 */

import { html } from '../svg.js';

/** @typedef {import('../types').Event} Event @typedef {{n: number, at: number, host: string, asks: string, gets: string, doneAt: number}} Call */

const BAD = /^-1/;
/** What happens to a machine is no call. */
const MACHINE = new Set(['crash', 'restart']);

/**
 * @param {readonly Event[]} events @param {(host: string) => string} peer the address that a host connects to
 * @returns {Call[]}
 */
export function callsOf(events, peer) {
  /** @type {Call[]} */
  const calls = [];
  /** @type {{call: Call, of: Event}[]} those that have not returned */
  let waiting = [];
  /** @param {Event} e @param {number} n @param {string} asks @param {string} gets @param {boolean} [waits] */
  const begin = (e, n, asks, gets, waits) => {
    const call = { n, at: e.at, host: e.host ?? '', asks, gets, doneAt: waits ? Infinity : e.at };
    calls.push(call);
    if (waits) waiting.push({ call, of: e });
  };
  /** The first call like that returns, if there is one. @param {Event} e @param {string} gets @param {(of: Event) => boolean | undefined} like */
  const end = (e, gets, like) => {
    const one = waiting.find(({ of }) => of.host === e.host && like(of));
    if (one) Object.assign(one.call, { gets: gets || madeBy(one.of), doneAt: e.at });
    waiting = waiting.filter((other) => other !== one);
    return one?.of;
  };
  /** Somebody reads: a recv() returns, or the read() of an application that is told by what it does. @param {Event} e @param {number} n @param {string} gets */
  const reads = (e, n, gets) => {
    const of = end(e, gets, (of) => of.conn === e.conn && /^recv/.test(of.call ?? ''));
    if (!of) begin(e, n, 'read(fd, buf, n)', gets);
    // Whoever reads to the end asks again until there is nothing more.
    if (of?.call === 'recv_eof' && gets !== '0') begin({ ...of, at: e.at }, n, asksOf(of, ''), '', true);
  };
  events.forEach((e, n) => {
    const failed = e.errno ? `-1 ${e.errno}` : '';
    const address = peer(e.host ?? '');
    if (e.ev === 'call' && !MACHINE.has(e.call ?? '')) begin(e, n, asksOf(e, address), failed || (e.call === 'send' ? String(e.len ?? 0) : '0'), !failed && (e.fd !== undefined || e.call === 'connect'));
    if (e.ev === 'return') end(e, failed || String(e.ret ?? ''), (of) => of.call === e.call && of.fd === e.fd);
    if (e.ev === 'state' && e.to === 'ESTABLISHED') end(e, '0', (of) => of.call === 'connect' && of.conn === e.conn && of.fd === undefined);
    if (e.ev === 'read') reads(e, n, String(e.len ?? 0));
    if (e.ev === 'eof') reads(e, n, '0');
    if (e.ev === 'error' && !end(e, failed, (of) => of.call === 'connect' && of.conn === e.conn)) begin(e, n, e.call ? asksOf(e, address) : 'read(fd, buf, n)', failed);
  });
  return calls;
}

/** What a call returns that says nothing else: a descriptor by its name, or that it went well. @param {Event} of */
function madeBy({ call, fd, arg }) {
  return (call === 'socket' ? fd : call === 'accept' ? arg : '') || '0';
}

/** @param {Event} e @param {string} peer */
function asksOf({ call, len, fd = 'fd', arg = '' }, peer) {
  const [option, ...values] = arg.split(' ');
  switch (call) {
    case 'socket': return 'socket(AF_INET, SOCK_STREAM, 0)';
    case 'setsockopt': return `setsockopt(${fd}, ${option}, ${values.length > 1 ? `{${values.join(', ')}}` : values[0] ?? 1})`;
    case 'so_error': return `getsockopt(${fd}, SO_ERROR)`;
    case 'bind': return `bind(${fd}, ${arg || 'address'})`;
    case 'shutdown': return `shutdown(${fd}, SHUT_${arg || 'WR'})`;
    case 'send': return `send(${fd}, buf, ${len ?? 0}, 0)`;
    case 'recv': return `recv(${fd}, buf, ${arg || 'n'}, 0)`;
    case 'recv_eof': return `recv(${fd}, buf, n, 0)`;
    case 'connect': return `connect(${fd}, "${peer}")`;
    case 'listen': return `listen(${fd}, ${arg || 'backlog'})`;
    // What ABORT is in the sockets interface: a close that lingers for no time.
    case 'abort': return `close(${fd})  /* SO_LINGER {1, 0} */`;
    default: return `${call}(${fd})`;
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
