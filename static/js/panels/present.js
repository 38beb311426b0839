/**
 * present.js: one figure on the whole screen, for a room.
 *
 * The figure stays the one that it is; it is only shown larger than the page would, without the page around it, and listens
 * to a clicker: such a thing sends Page Down and Page Up, and a full stop or B from its third button. A phone can be one
 * (remote.js). The rest of the keyboard does what it does in every figure.
 */

import { html } from '../svg.js';

/** From how far it is to be read: the figure is laid out for a screen this much smaller and then enlarged. */
const WIDE = 1180;

/** @typedef {{step(way: 1 | -1): void, toggle(): void, listen(ear: import('../types').Ear | null): void}} Shown */

/** @param {HTMLElement} root the figure @param {Shown} figure @param {import('../voice.js').Voice} voice @param {import('../types').Line} line */
export function present(root, figure, voice, line) {
  const { step, toggle } = figure;
  const stage = /** @type {HTMLElement} */ (root.querySelector('.stage'));
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const hint = html('p', { class: 'present-hint', role: 'status' }, voice.ui('present.keys'));
  const phone = html('button', { type: 'button', class: 'key present-phone', 'aria-label': voice.ui('remote'), title: voice.ui('remote') }, html('span', { class: 'present-word' }, voice.ui('remote')));
  const leave = html('button', { type: 'button', class: 'key present-leave', 'aria-label': voice.ui('shut'), title: voice.ui('shut') }, '×');
  /** @type {ReturnType<typeof import('./remote.js').createRemote> | null} */
  let remote = null;
  root.classList.add('presenting');
  document.documentElement.classList.add('has-present');
  root.append(hint);
  root.querySelector('.tools')?.append(phone, leave);
  setTimeout(() => hint.classList.add('faded'), 6000);
  fit();
  addEventListener('resize', fit);
  document.addEventListener('keydown', key, true);
  document.addEventListener('fullscreenchange', left);
  leave.addEventListener('click', end);
  phone.addEventListener('click', async () => {
    const { createRemote } = await import('./remote.js');
    if (!phone.isConnected) return; // it is over already
    remote ??= createRemote(root, figure, voice, line);
    remote.open();
  });
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
    if (on.closest('dialog')) return;
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
    remote?.end();
    for (const part of [hint, phone, leave]) part.remove();
    root.scrollIntoView({ block: 'nearest' });
    before?.focus({ preventScroll: true });
  }
}
