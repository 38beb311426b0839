/**
 * settings.js: what a person has set for all figures of this site, in this browser.
 */

const KEPT = 'fourwaves.settings';
const system = globalThis.matchMedia?.('(prefers-reduced-motion: reduce)');

/**
 * What is said of a step: how long its sentences are (in full the first time that each is heard, always, or never), and which
 * parts are said at all: its time, who does it, timers that start and stop.
 * @typedef {{length: 'first' | 'long' | 'short', time: boolean, who: boolean, timers: boolean}} Speech
 * @typedef {{still: boolean, keys: boolean, sound: boolean} & Speech} Settings
 */

/** @type {Partial<Settings>} */
let chosen = {};
try {
  chosen = JSON.parse(localStorage.getItem(KEPT) ?? '{}');
} catch {
  // No storage, or not ours: the defaults.
}

/** @type {[Element, string][]} buttons that a single letter presses, too */
const buttons = [];

export const settings = {
  /** Nothing travels; Play steps. */
  get still() { return chosen.still ?? system?.matches ?? false; },
  /** Single letters act. */
  get keys() { return chosen.keys ?? true; },
  get sound() { return !!chosen.sound; },
  get length() { return chosen.length ?? 'first'; },
  get time() { return chosen.time ?? true; },
  get who() { return chosen.who ?? true; },
  get timers() { return chosen.timers ?? true; },
  /** @template {keyof Settings} K @param {K} name @param {Settings[K]} to */
  set(name, to) {
    chosen = { ...chosen, [name]: to };
    try {
      localStorage.setItem(KEPT, JSON.stringify(chosen));
    } catch {
      // It holds as long as the page.
    }
    apply();
  },
  /** A letter presses this button, too, and the button says so as long as letters act. @param {Element} button @param {string} letter */
  letter(button, letter) {
    buttons.push([button, letter]);
    announce(button, letter);
  },
};

/** @param {Element} button @param {string} letter */
function announce(button, letter) {
  if (settings.keys) button.setAttribute('aria-keyshortcuts', letter);
  else button.removeAttribute('aria-keyshortcuts');
}

/** The styles read it from the page's root. */
function apply() {
  document.documentElement.dataset.motion = settings.still ? 'less' : 'full';
  document.documentElement.dataset.letters = settings.keys ? 'act' : 'off';
  for (const [button, letter] of buttons) announce(button, letter);
}

if (globalThis.document) {
  apply();
  system?.addEventListener('change', apply);
}
