/**
 * why.js: what is happening at the playhead, why, and where it is written.
 *
 * A panel beside the ladder on wide pages, a caption of fixed height below it on narrow ones; the live region for screen
 * readers is here too, since it says the same. An instant can hold six events; one of them is what the learner should look
 * at, and the others are its circumstances. RANK decides which.
 */

import { html } from './svg.js';

/** @typedef {import('./types').Event} Event @typedef {import('./types').Instant} Instant */

const RANK = [
  'state', 'lost', 'expired', 'error', 'timer fire', 'timer restart', 'ignored', 'sent', 'held', 'copied', 'link',
  'eof', 'read', 'arrived', 'call', 'timer start', 'timer stop', 'end', 'preset',
];
const QUIET_MS = 2000;

/** @param {HTMLElement} root @param {import('./voice.js').Voice} voice */
export function createWhy(root, voice) {
  const when = html('p', { class: 'why-when' });
  const head = html('p', { class: 'why-head' });
  const body = html('p', { class: 'why-body' });
  const source = html('a', { class: 'why-source', rel: 'external noopener', target: '_blank' });
  const also = html('ul', { class: 'why-also' });
  const live = html('p', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
  root.append(html('h3', { class: 'why-title' }, voice.ui('why')), when, head, body, html('p', { class: 'why-cite' }, source), also, live);
  let spoke = 0;

  /** @param {Event[]} here @param {(seg: number) => Event | undefined} sentOf */
  function pick(here, sentOf) {
    const rank = (/** @type {Event} */ e) => RANK.indexOf(e.ev === 'timer' ? `timer ${e.do}` : e.ev);
    const ranked = here.map((e, n) => ({ e, n, rank: rank(e) })).sort((a, b) => a.rank - b.rank || b.n - a.n);
    const sent = (/** @type {Event} */ e) => (e.seg === undefined ? undefined : sentOf(e.seg));
    const main = ranked[0]?.e;
    return { main, sent, rest: here.filter((e) => e !== main && e.ev !== 'preset') };
  }

  return {
    /** Before anything has happened. */
    start() {
      when.textContent = voice.time(0);
      head.textContent = '';
      body.textContent = voice.ui('why.start');
      source.hidden = true;
      also.replaceChildren();
    },
    /** @param {Event[]} here the events of the current instant @param {(seg: number) => Event | undefined} sentOf @param {number} since the time since the instant before */
    show(here, sentOf, since) {
      const { main, sent, rest } = pick(here, sentOf);
      if (!main) return;
      const reason = voice.reason(main, sent(main)) ?? rest.map((e) => voice.reason(e, sent(e))).find(Boolean) ?? '';
      const cited = voice.source(main) ?? rest.map((e) => voice.source(e)).find(Boolean);
      when.textContent = voice.time(main.at) + (since > 0 ? `  +${voice.time(since)}` : '');
      head.textContent = voice.sentence(main, sent(main));
      body.textContent = reason;
      source.hidden = !cited;
      if (cited) {
        source.textContent = cited.text;
        source.href = cited.url;
      }
      also.replaceChildren(...rest.map((e) => html('li', { 'data-host': e.host ?? '' }, voice.sentence(e, sent(e)))));
    },
    /**
     * Say it aloud. While it plays only what changes the story is said, and seldom enough to be listened to.
     * @param {Event[]} here @param {(seg: number) => Event | undefined} sentOf @param {boolean} playing
     */
    speak(here, sentOf, playing) {
      const told = here.filter((e) => e.ev !== 'preset' && (!playing || e.ev === 'state' || e.ev === 'lost'));
      if (!told.length || (playing && performance.now() - spoke < QUIET_MS)) return;
      spoke = performance.now();
      const sentences = told.map((e) => voice.sentence(e, e.seg === undefined ? undefined : sentOf(e.seg))).join(voice.stop);
      live.textContent = voice.ui('live', { time: voice.time(told[0].at), sentences }).replaceAll('→', voice.ui('to'));
    },
    /** @param {string} words */
    announce(words) { live.textContent = words; },
  };
}
