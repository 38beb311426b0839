/**
 * watch.js: the page of an author who is writing: it loads again when the lessons are new, and says what is wrong with them.
 *
 * Edits are in the address. What is kept here is the place on the page, by the heading or figure next to it, because what is
 * above may be longer now; and the playheads: for each figure the row of its list at which it is. The server answers when
 * there is news (web/watch.go), so nothing here asks by the clock unless the server is away.
 */

import { html } from '../svg.js';

/** @typedef {{id: string, top: number}} Place */
/** @typedef {{seen: string, version: number, problems: {place: string, source?: string, column: number, suggest?: string}[]}} News */

const KEPT = 'fourwaves.watched';
const script = /** @type {HTMLElement} */ (document.querySelector('script[data-watch]'));
const box = html('aside', { class: 'watch', role: 'status', hidden: true });
document.body.append(html('link', { rel: 'stylesheet', href: new URL('../../css/pages/watch.css', import.meta.url).href }), box);

/** @returns {HTMLElement[]} */
const figures = () => [...document.querySelectorAll('figure[data-figure]')].filter((f) => f instanceof HTMLElement);

function keep() {
  const rows = figures().map((figure) => {
    const now = [...figure.querySelectorAll('[data-part="list"] li[aria-current]')].pop();
    return [figure.id, now instanceof HTMLElement ? now.dataset.n : undefined];
  });
  sessionStorage.setItem(KEPT, JSON.stringify({ rows: rows.filter(([, n]) => n !== undefined), place: placeNow() }));
}

/** The last heading or figure that begins above the middle of the window, and where that is. @returns {Place | null} */
function placeNow() {
  const marks = [...document.querySelectorAll('main :is(h1, h2, h3, h4, figure)[id]')].map((mark) => ({ id: mark.id, top: mark.getBoundingClientRect().top }));
  return marks.filter(({ top }) => top < innerHeight / 2).pop() ?? null;
}

/** Back to a place, again and again while figures above grow to what they were, until the reader scrolls. @param {Place} place */
function stay({ id, top }) {
  history.scrollRestoration = 'manual';
  const back = () => {
    const mark = document.getElementById(id);
    if (mark) scrollBy({ top: mark.getBoundingClientRect().top - top, behavior: 'instant' });
  };
  const size = new ResizeObserver(back);
  size.observe(document.body);
  for (const type of ['wheel', 'touchmove', 'keydown', 'pointerdown']) addEventListener(type, () => size.disconnect(), { once: true, passive: true });
}

function restore() {
  /** @type {{rows: [string, string][], place: Place | null}} */
  const { rows, place } = JSON.parse(sessionStorage.getItem(KEPT) ?? '{"rows": [], "place": null}');
  sessionStorage.removeItem(KEPT);
  if (place) stay(place);
  for (const [id, n] of rows) {
    const figure = document.getElementById(id);
    if (!figure) continue;
    const back = () => {
      const row = figure.querySelector(`[data-part="list"] li[data-n="${n}"]`);
      if (figure.dataset.end !== 'true' || !(row instanceof HTMLElement)) return false;
      row.click();
      return true;
    };
    if (!back()) new MutationObserver((_, observer) => back() && observer.disconnect()).observe(figure, { attributes: true, attributeFilter: ['data-end'] });
  }
}

/** @param {News['problems']} problems */
function show(problems) {
  box.hidden = problems.length === 0;
  box.replaceChildren(html('p', {}, script.dataset.words ?? ''), ...problems.slice(0, 20).map(({ place, source = '', column, suggest }) => {
    const [before, at, after] = [source.slice(0, column - 1), source.slice(column - 1, column) || ' ', source.slice(column)];
    return html('div', {}, html('p', {}, html('b', {}, place), suggest ? ` → ${suggest}` : null), source.trim() ? html('pre', {}, before, html('mark', {}, at), after) : null);
  }));
}

async function watch() {
  let seen = '';
  for (;;) {
    try {
      const answer = await fetch(`${document.body.dataset.base ?? ''}/watch?seen=${encodeURIComponent(seen)}`);
      const news = /** @type {News} */ (await answer.json());
      if (String(news.version) !== script.dataset.watch) {
        keep();
        location.reload();
        return;
      }
      seen = news.seen;
      show(news.problems);
    } catch {
      await new Promise((again) => setTimeout(again, 1000));
    }
  }
}

restore();
void watch();
