/**
 * terms.js: the card beside a term of the glossary.
 *
 * A term is a link to the glossary, and stays one. When the mouse or the keyboard rests on it, a card says what it means; the
 * card can be pointed at, Escape puts it away, and it goes when both have been left (WCAG 1.4.13).
 */

import { html } from '../svg.js';

/** @type {Promise<Record<string, {name: string, other: string, def: string}>> | null} */
let terms = null;
/** @type {HTMLElement | null} */
let card = null;
let timer = 0;

/** @param {Element} link */
export async function showCard(link) {
  if (!(link instanceof HTMLAnchorElement)) return;
  clearTimeout(timer);
  if (card && link.getAttribute('aria-describedby') === card.id) return;
  hide();
  const address = new URL(link.href);
  terms ??= fetch(`${address.pathname}.json`).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))));
  try {
    const term = (await terms)[address.hash.slice(1)];
    if (term && (link.matches(':hover') || document.activeElement === link)) place(link, term);
  } catch {
    terms = null; // the link still leads there, and the next time asks again
  }
}

/** @param {HTMLAnchorElement} link @param {{name: string, other: string, def: string}} term */
function place(link, { name, other, def }) {
  hide();
  card = html('div', { class: 'term-card', role: 'tooltip', id: 'term-card' }, html('b', {}, name), ' ', html('span', {}, other === name ? '' : other), html('p', {}, def));
  document.body.append(card);
  link.setAttribute('aria-describedby', card.id);
  const [at, size] = [link.getClientRects()[0], card.getBoundingClientRect()];
  const below = at.bottom + size.height + 12 < innerHeight;
  // Measured on the screen, placed on a page that the theme for projectors enlarges.
  const zoom = card.currentCSSZoom ?? 1;
  card.style.left = `${(Math.max(12, Math.min(at.left, innerWidth - size.width - 12)) + scrollX) / zoom}px`;
  card.style.top = `${((below ? at.bottom + 6 : at.top - size.height - 6) + scrollY) / zoom}px`;
  for (const node of [link, card]) {
    node.addEventListener('pointerleave', later);
    node.addEventListener('pointerenter', () => clearTimeout(timer));
  }
  link.addEventListener('blur', hide, { once: true });
  document.addEventListener('keydown', escape);
}

function later() {
  clearTimeout(timer);
  timer = window.setTimeout(hide, 250);
}

/** @param {KeyboardEvent} e */
function escape(e) {
  if (e.key === 'Escape') hide();
}

function hide() {
  clearTimeout(timer);
  document.removeEventListener('keydown', escape);
  document.querySelector('[aria-describedby="term-card"]')?.removeAttribute('aria-describedby');
  card?.remove();
  card = null;
}
