/**
 * why.js: what is happening at the playhead, why, and where it is written.
 *
 * A panel beside the ladder on wide pages, a caption of fixed height below it on narrow ones; the live region for screen
 * readers is here too, since it says the same. An instant can hold six events; one of them is what the learner should look
 * at, and the others are its circumstances. RANK decides which, unless the learner has chosen one.
 *
 * Every event names the one that caused it. So "why?" can be asked again of each answer: from the effect to its cause and on, until
 * somebody's decision or the beginning of the run is reached.
 */

import { html } from './svg.js';

/** @typedef {import('./types').Event} Event @typedef {import('./types').Scene} Scene */

const RANK = [
  'state', 'lost', 'expired', 'error', 'timer fire', 'timer restart', 'ignored', 'sent', 'held', 'copied', 'link',
  'eof', 'read', 'arrived', 'call', 'timer start', 'timer stop', 'end', 'preset',
];
const QUIET_MS = 2000;

/**
 * Which of the events from `first` to `last` explains the instant.
 * @param {readonly Event[]} events @param {number} first @param {number} last
 */
export function mainOf(events, first, last) {
  const rank = (/** @type {Event} */ e) => RANK.indexOf(e.ev === 'timer' ? `timer ${e.do}` : e.ev);
  let best = first;
  for (let n = first; n <= last; n++) if (rank(events[n]) <= rank(events[best])) best = n;
  return best;
}

/** @param {HTMLElement} root @param {import('./voice.js').Voice} voice @param {(way: 1 | -1) => void} walk to the cause, or back to the effect */
export function createWhy(root, voice, walk) {
  const when = html('p', { class: 'why-when' });
  const head = html('p', { class: 'why-head' });
  const body = html('p', { class: 'why-body' });
  const source = html('a', { class: 'why-source', rel: 'external noopener', target: '_blank' });
  const cause = html('button', { type: 'button', class: 'why-cause', 'aria-keyshortcuts': 'W' });
  const effect = html('button', { type: 'button', class: 'why-effect', hidden: true }, voice.ui('why.effect'));
  const also = html('ul', { class: 'why-also' });
  const live = html('p', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
  root.append(when, head, body, html('p', { class: 'why-cite' }, source), html('div', { class: 'why-walk' }, cause, effect), also);
  cause.addEventListener('click', () => walk(1));
  effect.addEventListener('click', () => walk(-1));
  let spoke = 0;

  return {
    /** The region in which it is said aloud. It lies outside the panel, since a hidden one would be mute. */
    live,
    /** @param {Scene} scene */
    draw({ events, instant, since, focus, trail, sentOf }) {
      const sent = (/** @type {Event} */ e) => (e.seg === undefined ? undefined : sentOf(e.seg));
      cause.hidden = !instant;
      effect.hidden = !trail;
      if (!instant) {
        when.textContent = voice.time(0);
        head.textContent = '';
        body.textContent = voice.ui('why.start');
        source.hidden = true;
        also.replaceChildren();
        return;
      }
      const main = events[focus];
      const rest = events.slice(instant.first, instant.last + 1).filter((e) => e !== main && e.ev !== 'preset');
      const reason = voice.reason(main, sent(main)) ?? (trail ? '' : rest.map((e) => voice.reason(e, sent(e))).find(Boolean) ?? '');
      const cited = voice.source(main) ?? (trail ? null : rest.map((e) => voice.source(e)).find(Boolean));
      when.textContent = voice.time(main.at) + (since > 0 ? `  +${voice.time(since)}` : '');
      head.textContent = voice.sentence(main, sent(main));
      body.textContent = reason;
      source.hidden = !cited;
      if (cited) {
        source.textContent = cited.text;
        source.href = cited.url;
      }
      const from = main.cause === undefined ? undefined : events[main.cause];
      cause.setAttribute('aria-disabled', String(!from));
      cause.replaceChildren(html('span', { class: 'why-because' }, voice.ui(from ? 'why.because' : 'why.root')),
        from ? html('span', { class: 'why-from' }, voice.sentence(from, sent(from))) : '', from ? html('kbd', { 'aria-hidden': 'true' }, 'W') : '');
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
