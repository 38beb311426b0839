/**
 * present.js: one figure on the whole screen, for a room.
 *
 * The figure stays the one that it is; it is only shown larger than the page would, without the page around it, and listens
 * to a clicker: such a thing sends Page Down and Page Up, and a full stop or B from its third button. The rest of the
 * keyboard does what it does in every figure.
 */

import { html } from '../svg.js';

/** From how far it is to be read: the figure is laid out for a screen this much smaller and then enlarged. */
const WIDE = 1180;

/**
 * @param {HTMLElement} root the figure
 * @param {object} deeds
 * @param {(way: 1 | -1) => void} deeds.step
 * @param {() => void} deeds.toggle
 * @param {string} keys what the keys do, in words
 */
export function present(root, { step, toggle }, keys) {
  const stage = /** @type {HTMLElement} */ (root.querySelector('.stage'));
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const hint = html('p', { class: 'present-hint', role: 'status' }, keys);
  const leave = html('button', { type: 'button', class: 'present-leave', 'aria-label': 'Escape' }, '×');
  root.classList.add('presenting');
  document.documentElement.classList.add('has-present');
  root.append(hint, leave);
  setTimeout(() => hint.classList.add('faded'), 6000);
  fit();
  addEventListener('resize', fit);
  document.addEventListener('keydown', key, true);
  document.addEventListener('fullscreenchange', left);
  leave.addEventListener('click', end);
  root.tabIndex = -1;
  root.focus({ preventScroll: true });
  // Refused (an iframe without leave, a phone): it fills the window instead.
  root.requestFullscreen?.().catch(() => {});

  function fit() {
    const scale = Math.max(1, innerWidth / WIDE);
    stage.style.width = `${innerWidth / scale}px`;
    stage.style.height = `${innerHeight / scale}px`;
    stage.style.transform = `scale(${scale})`;
  }

  /** @param {KeyboardEvent} e */
  function key(e) {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const on = /** @type {Element} */ (e.target);
    const own = on.closest('button, select, input, [role="slider"], [role="tab"], .seg') !== null;
    if (root.classList.contains('dark') && e.key !== 'Escape') root.classList.remove('dark');
    else if (e.key === 'PageDown' || e.key === '.') step(1);
    else if (e.key === 'PageUp' || e.key === ',') step(-1);
    else if (e.key.toLowerCase() === 'b') root.classList.add('dark');
    else if (!own && (e.key === 'ArrowRight' || e.key === 'ArrowDown')) step(1);
    else if (!own && (e.key === 'ArrowLeft' || e.key === 'ArrowUp')) step(-1);
    else if (e.key === ' ' && !on.closest('button')) toggle();
    else if (e.key === 'Escape') end();
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  /** The browser has its own ways out of full screen. */
  function left() {
    if (!document.fullscreenElement) end();
  }

  function end() {
    document.removeEventListener('keydown', key, true);
    document.removeEventListener('fullscreenchange', left);
    removeEventListener('resize', fit);
    if (document.fullscreenElement) void document.exitFullscreen();
    root.classList.remove('presenting', 'dark');
    document.documentElement.classList.remove('has-present');
    for (const name of ['width', 'height', 'transform']) stage.style.removeProperty(name);
    hint.remove();
    leave.remove();
    root.scrollIntoView({ block: 'nearest' });
    before?.focus({ preventScroll: true });
  }
}
