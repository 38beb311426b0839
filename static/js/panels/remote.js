/**
 * remote.js: a phone turns the figure that is presented.
 *
 * The server gives the presentation a room with a code (web/remote.go). Here stands how a phone gets there; what it presses
 * comes over the page's own socket, and what the figure says goes back the same way, so that whoever holds the phone need not
 * look at the screen. After a cut the room is asked for again by its key.
 */

import { html } from '../svg.js';
import { spoken } from './speech.js';

/** @typedef {import('../types').Heard} Heard @typedef {import('../types').Event} Event */

/** What is said on a phone: short, and of what was waited for only that it has come. */
const BRIEF = /** @type {const} */ ({ length: 'short', time: true, who: true, timers: false });

/** Whether an address leads nowhere but to the machine that asks for it. @param {string} hostname */
export const onlyHere = (hostname) => /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/** @param {HTMLElement} root the figure @param {import('./present.js').Shown} figure @param {import('../voice.js').Voice} voice @param {import('../types').Line} line */
export function createRemote(root, figure, voice, line) {
  const { ui } = voice;
  const { base = '' } = document.body.dataset;
  const body = html('div', { class: 'remote-body', role: 'status' });
  const title = html('h2', { id: `${root.id}-remote` }, ui('remote'));
  const shut = html('button', { type: 'button', class: 'remote-shut', 'aria-label': ui('shut') }, '×');
  const box = html('dialog', { class: 'remote-sheet', 'aria-labelledby': title.id }, shut, title, body);
  const deeds = /** @type {Record<string, () => void>} */ ({ next: () => figure.step(1), back: () => figure.step(-1), play: () => figure.toggle() });
  /** The room, as long as there is one. @type {Heard | null} */
  let room = null;
  let says = '';
  root.append(box);
  shut.addEventListener('click', () => box.close());
  box.addEventListener('click', (e) => e.target === box && box.close());
  // Before the session closes the socket.
  addEventListener('pagehide', leave, true);

  /** @param {Heard} heard */
  function hear(heard) {
    if (heard.type === 'room') {
      if (heard.code !== room?.code) show(heard);
      room = heard;
      tell();
    } else if (heard.type === 'turned') {
      // The code has done its work.
      box.close();
      deeds[heard.do ?? '']?.();
    } else if (heard.type === 'over') {
      over(heard.why === 'full' ? 'remote.full' : 'remote.over');
    } else if (room) ask();
  }

  /** @param {string} why */
  function over(why) {
    room = null;
    body.replaceChildren(html('p', {}, ui(why)));
  }

  /** A browser may keep a page that is left, with its socket, for the case that somebody comes back to it. */
  function leave() {
    if (!room) return;
    line.say({ type: 'hang-up' });
    over('remote.over');
  }

  function ask() {
    line.say({ type: 'remote', lang: voice.lang, ...(room && { key: room.key }) });
  }

  function tell() {
    if (room) line.say({ type: 'says', text: says });
  }

  /** @param {Event[]} here @param {(seg: number) => Event | undefined} sentOf */
  function step(here, sentOf) {
    const told = here.filter((e) => e.ev !== 'preset');
    says = here.length ? spoken(told.length ? told : here, sentOf, voice, BRIEF, new Set()) : '';
    tell();
  }

  /** How a phone gets into a room. @param {Heard} room */
  function show({ code = '', ends = 0 }) {
    const spaced = `${code.slice(0, 4)} ${code.slice(4)}`;
    const here = onlyHere(location.hostname);
    const way = html('div', { class: 'remote-way' },
      html('p', {}, ui(here ? 'remote.how.here' : 'remote.how')),
      html('p', { class: 'remote-address' }, `${location.host}${base}/remote`),
      html('p', { class: 'remote-code' }, spaced),
      html('p', { class: 'remote-ends' }, ui('remote.ends', { hours: Math.round(ends / 3600) })));
    body.replaceChildren(here
      ? html('div', { class: 'remote-here' }, html('p', {}, ui('remote.here')), html('p', {}, html('code', {}, 'fourwaves serve --listen :8080')), html('p', {}, ui('remote.here.then')))
      : html('img', { src: `${base}/remote/${code}/qr.svg`, alt: ui('remote.qr'), width: 320, height: 320 }), way);
  }

  return {
    open() {
      if (!room) {
        body.textContent = ui('remote.asks');
        line.hear(hear);
        void voice.learn().then(() => figure.listen(step));
        ask();
      }
      if (!box.open) box.showModal();
    },
    /** The presentation is over, and the room with it. */
    end() {
      leave();
      removeEventListener('pagehide', leave, true);
      line.hear();
      figure.listen(null);
      box.remove();
    },
  };
}
