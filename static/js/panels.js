/**
 * panels.js: the tabs beside the ladder.
 */

import { html } from './svg.js';

/**
 * @typedef {import('./types').Scene} Scene @typedef {import('./types').Panel} Panel
 * @typedef {{name: string, load: (root: HTMLElement) => Panel | Promise<Panel>}} Tab
 */

/** What of an instant explains it, the weightiest first. */
const RANK = [
  'state', 'lost', 'expired', 'error', 'timer fire', 'timer restart', 'ignored', 'sent', 'held', 'copied', 'link',
  'eof', 'read', 'arrived', 'call', 'timer start', 'timer stop', 'end', 'preset',
];

/**
 * Which of the events from `first` to `last` explains the instant.
 * @param {readonly import('./types').Event[]} events @param {number} first @param {number} last
 */
export function mainOf(events, first, last) {
  const rank = (/** @type {import('./types').Event} */ e) => RANK.indexOf(e.ev === 'timer' ? `timer ${e.do}` : e.ev);
  let best = first;
  for (let n = first; n <= last; n++) if (rank(events[n]) <= rank(events[best])) best = n;
  return best;
}

/** @type {Map<string, Promise<void>>} */
const styles = new Map();

/** The styles of what is loaded later, once for the page and before anything is shown in them. @param {string} [name] @returns {Promise<void>} */
export function dressed(name = 'panels') {
  let coming = styles.get(name);
  if (!coming) {
    styles.set(name, (coming = new Promise((resolve, reject) => {
      const link = html('link', { rel: 'stylesheet', href: new URL(`../css/panels/${name}.css`, import.meta.url).href });
      link.addEventListener('load', () => resolve());
      link.addEventListener('error', () => {
        styles.delete(name);
        link.remove();
        reject(new Error(link.href));
      });
      document.head.append(link);
    })));
  }
  return coming;
}

/**
 * @param {HTMLElement} root @param {import('./voice.js').Voice} voice @param {string} id the figure's, to name its tabs
 * @param {Tab[]} tabs the first one is open, and is a caption where there is no room for more
 */
export function createPanels(root, voice, id, tabs) {
  const list = html('div', { class: 'tabs', role: 'tablist', 'aria-label': voice.ui('panels') });
  const more = html('button', { type: 'button', class: 'panels-more', 'aria-expanded': 'false', 'aria-label': voice.ui('panels.more'), title: voice.ui('panels.more') }, html('span', { class: 'icon more', 'aria-hidden': 'true' }));
  const bodies = html('div', { class: 'panel-bodies' });
  const sheet = html('div', { class: 'panel-sheet' }, html('div', { class: 'panel-bar' }, list, more), bodies);
  root.append(sheet);

  const slots = tabs.map(({ name, load }) => {
    const tab = html('button', { type: 'button', class: 'tab', role: 'tab', id: `${id}-tab-${name}`, 'aria-controls': `${id}-panel-${name}` }, voice.ui(`panel.${name}`));
    const body = html('div', { class: `panel ${name}`, role: 'tabpanel', id: `${id}-panel-${name}`, 'aria-labelledby': tab.id, tabindex: 0 });
    tab.addEventListener('click', () => open(name, true));
    list.append(tab);
    bodies.append(body);
    return { name, load, tab, body, panel: /** @type {Panel | null} */ (null), asked: false };
  });
  let current = slots[0];
  /** @type {Scene | null} */
  let scene = null;

  list.addEventListener('keydown', (e) => {
    const i = slots.indexOf(current);
    const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: slots.length - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    const next = slots[(to + slots.length) % slots.length];
    open(next.name, true);
    next.tab.focus();
  });
  more.addEventListener('click', () => expand(!root.hasAttribute('data-open')));

  /** Grow over the ladder, or back; it only shows where the panel is below it. @param {boolean} on */
  function expand(on) {
    root.toggleAttribute('data-open', on);
    more.setAttribute('aria-expanded', String(on));
    more.setAttribute('aria-label', voice.ui(on ? 'panels.less' : 'panels.more'));
    more.title = voice.ui(on ? 'panels.less' : 'panels.more');
  }

  /** @param {string} name @param {boolean} [asked] somebody wants to look at it: the caption alone will not do */
  function open(name, asked = false) {
    const slot = slots.find((s) => s.name === name);
    if (!slot) return;
    if (asked && slot !== slots[0]) expand(true);
    if (slot === slots[0] && slot !== current) expand(false);
    current = slot;
    for (const other of slots) {
      const here = other === slot;
      other.tab.setAttribute('aria-selected', String(here));
      other.tab.tabIndex = here ? 0 : -1;
      other.body.hidden = !here;
    }
    paint();
  }

  /** @param {typeof slots[number]} slot */
  async function fetchPanel(slot) {
    slot.asked = true;
    try {
      await Promise.all([voice.learn(), slot !== slots[0] && dressed()]);
      slot.body.textContent = '';
      slot.panel = await slot.load(slot.body);
      paint();
    } catch {
      // The server was away for a moment; opening the tab again asks again.
      slot.asked = false;
      slot.body.textContent = voice.ui('panels.failed');
    }
  }

  function paint() {
    if (current.panel) return scene && current.panel.draw(scene);
    // Before anything has happened the caption has nothing to explain.
    if (current !== slots[0] || scene?.instant) return current.asked || void fetchPanel(current);
    current.body.textContent = voice.ui('why.start');
  }

  open(slots[0].name);
  return {
    open,
    /** @param {Scene} now */
    draw(now) {
      scene = now;
      paint();
    },
    /** Between two steps: only what counts down. @param {number} t */
    tick: (t) => current.panel?.tick?.(t),
    /** @returns {boolean} whether there was something to close */
    close() {
      const was = root.hasAttribute('data-open');
      expand(false);
      return was;
    },
  };
}
