/**
 * why.js: what is happening at the playhead, why, and where it is written.
 *
 * A panel beside the ladder on wide pages, a caption of fixed height below it on narrow ones. An instant can hold six events; one
 * of them is what the learner should look at (mainOf in panels.js), and the others are its circumstances.
 *
 * Every event names the one that caused it. So "why?" can be asked again of each answer: from the effect to its cause and on, until
 * somebody's decision or the beginning of the run is reached.
 */

import { html } from '../svg.js';
import { named } from './named.js';

/** @typedef {import('../types').Event} Event @typedef {import('../types').Scene} Scene */

/** @param {HTMLElement} root @param {import('../voice.js').Voice} voice @param {(way: 1 | -1) => void} walk to the cause, or back to the effect @param {(button: Element, letter: string) => void} letter a letter presses this button, too */
export function createWhy(root, voice, walk, letter) {
  const when = html('p', { class: 'why-when' });
  const head = html('p', { class: 'why-head' });
  const body = html('p', { class: 'why-body' });
  const source = html('a', { class: 'why-source', rel: 'external noopener', target: '_blank' });
  const cause = html('button', { type: 'button', class: 'why-cause' });
  const effect = html('button', { type: 'button', class: 'why-effect', hidden: true }, voice.ui('why.effect'));
  const also = html('ul', { class: 'why-also' });
  root.append(when, head, body, html('p', { class: 'why-cite' }, source), html('div', { class: 'why-walk' }, cause, effect), also);
  /** What an event does, its marks named as they are drawn. @param {Event} e @param {Event} [sent] */
  const told = (e, sent) => named(voice.sentence(e, sent), voice, e.kind ? e : sent);
  cause.addEventListener('click', () => walk(1));
  letter(cause, 'W');
  effect.addEventListener('click', () => walk(-1));

  return {
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
      head.replaceChildren(...told(main, sent(main)));
      body.replaceChildren(...named(reason, voice));
      source.hidden = !cited;
      if (cited) {
        source.textContent = cited.text;
        source.href = cited.url;
      }
      const from = main.cause === undefined ? undefined : events[main.cause];
      cause.setAttribute('aria-disabled', String(!from));
      cause.replaceChildren(html('span', { class: 'why-because' }, voice.ui(from ? 'why.because' : 'why.root')),
        from ? html('span', { class: 'why-from' }, ...told(from, sent(from))) : '', from ? html('kbd', { 'aria-hidden': 'true' }, 'W') : '');
      also.replaceChildren(...rest.map((e) => html('li', { 'data-host': e.host ?? '' }, ...told(e, sent(e)))));
    },
  };
}
