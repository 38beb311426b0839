/**
 * settings.js: what a person has set for all figures of this site, in this browser.
 */

const KEPT = 'fourwaves.settings';
const system = globalThis.matchMedia?.('(prefers-reduced-motion: reduce)');

/** @type {Partial<Record<'still' | 'keys' | 'sound', boolean>>} */
let chosen = {};
try {
  chosen = JSON.parse(localStorage.getItem(KEPT) ?? '{}');
} catch {
  // No storage, or not ours: the defaults.
}

export const settings = {
  /** Nothing travels; Play steps. */
  get still() { return chosen.still ?? system?.matches ?? false; },
  /** Single letters act. */
  get keys() { return chosen.keys ?? true; },
  get sound() { return !!chosen.sound; },
  /** @param {'still' | 'keys' | 'sound'} name @param {boolean} on */
  set(name, on) {
    chosen = { ...chosen, [name]: on };
    try {
      localStorage.setItem(KEPT, JSON.stringify(chosen));
    } catch {
      // It holds as long as the page.
    }
    apply();
  },
};

/** The styles read it from the page's root. */
function apply() {
  document.documentElement.dataset.motion = settings.still ? 'less' : 'full';
}

if (globalThis.document) {
  apply();
  system?.addEventListener('change', apply);
}
