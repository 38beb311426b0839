/**
 * transcript.js: the run as an ordered list, under the ladder.
 *
 * It is not a log beside the picture but the same picture in words: for people who do not see the ladder, for paper and
 * for everyone who wants to read what just happened. The server has already written it into the page (with the same
 * catalogue), so this module only takes it over: it writes the rows again when the run changes, lets the current ones follow
 * the playhead, and makes row and arrow select each other.
 *
 * One tab stop; up and down walk the rows and take the playhead along.
 */

import { html } from '../svg.js';
import { named } from './named.js';

/** @typedef {import('../types').Event} Event */

/**
 * @param {HTMLElement} list @param {import('../voice.js').Voice} voice
 * @param {(n: number) => void} choose a row was chosen
 */
export function createTranscript(list, voice, choose) {
  /** @type {HTMLElement[]} */
  let rows = [];
  let stop = -1;
  let first = 0;
  let last = 0;
  let chosen = -1;

  list.addEventListener('click', (e) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest('li'));
    if (row) pick(rows.indexOf(row));
  });
  list.addEventListener('keydown', (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[e.key];
    const to = e.key === 'Home' ? 0 : e.key === 'End' ? rows.length - 1 : e.key === 'Enter' ? stop : step === undefined ? null : stop + step;
    if (to === null) return;
    e.preventDefault();
    e.stopPropagation();
    const n = Math.min(Math.max(to, 0), rows.length - 1);
    pick(n);
    rows[n]?.focus({ preventScroll: true });
  });

  /** @param {number} n */
  function pick(n) {
    if (n < 0) return;
    setStop(n);
    choose(n);
  }

  /** @param {number} n */
  function setStop(n) {
    rows[stop]?.setAttribute('tabindex', '-1');
    stop = n;
    rows[stop]?.setAttribute('tabindex', '0');
  }

  /** Scroll the list, never the page; after the frame, because it has to ask where the row is. @param {number} n */
  function reveal(n) {
    setTimeout(() => {
      const row = rows[n];
      if (!row) return;
      const y = row.offsetTop;
      if (y < list.scrollTop + 8 || y + row.offsetHeight > list.scrollTop + list.clientHeight - 8) list.scrollTop = y - list.clientHeight / 2;
    });
  }

  return {
    /** @param {readonly Event[]} events @param {(seg: number) => Event | undefined} sentOf */
    show(events, sentOf) {
      rows = events.map((e, n) => {
        const sent = e.seg === undefined ? undefined : sentOf(e.seg);
        return html('li', { 'data-n': n, 'data-ev': e.ev, 'data-seg': e.seg ?? null, tabindex: -1 },
          html('time', {}, voice.time(e.at)), ' ',
          html('span', { class: 'who', 'data-host': e.host ?? '' }, e.host ? voice.host(e.host) : voice.ui('nobody')), ' ',
          html('span', { class: 'what' }, ...named(voice.what(e, sent), voice, e.kind ? e : sent)));
      });
      const held = list.contains(document.activeElement) ? stop : -1;
      list.replaceChildren(...rows);
      stop = -1;
      first = last = 0;
      setStop(Math.max(0, Math.min(held, rows.length - 1)));
      if (held >= 0) rows[stop]?.focus({ preventScroll: true });
      this.select(-1);
    },
    /** The rows of the current instant. @param {number} from @param {number} to one past the last */
    follow(from, to) {
      if (from === first && to === last) return;
      for (let n = first; n < last; n++) rows[n]?.removeAttribute('aria-current');
      for (let n = from; n < to; n++) rows[n]?.setAttribute('aria-current', 'step');
      [first, last] = [from, to];
      if (!list.contains(document.activeElement)) setStop(Math.max(0, from));
      reveal(to - 1);
    },
    /** @param {number} n */
    select(n) {
      rows[chosen]?.classList.remove('chosen');
      chosen = n;
      rows[n]?.classList.add('chosen');
    },
  };
}
