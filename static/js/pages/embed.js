/**
 * embed.js: an embedded figure that plays by itself, once, when it comes into view.
 *
 * It stays still for readers who asked for less motion, and it presses the same button that they would.
 */

import { settings } from '../settings.js';

/** @param {{figures: Map<string, {root: HTMLElement}>}} page */
export function start({ figures }) {
  if (settings.still) return;
  for (const { root } of figures.values()) {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((e) => e.isIntersecting)) return;
      const play = /** @type {HTMLElement | null} */ (root.querySelector('.key.play'));
      if (root.dataset.ready !== 'true' || !play) return void setTimeout(() => (seen.disconnect(), seen.observe(root)), 100);
      seen.disconnect();
      play.click();
    });
    seen.observe(root);
  }
}
