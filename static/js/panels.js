/**
 * panels.js: the tabs beside the ladder.
 *
 * One place, several ways to look at the same instant. The panel "why" is always there; the others are modules under
 * panels/, and a page loads one when its tab is first opened, so that nobody waits for what nobody looks at. A panel is
 * a view of the scene (what has happened, where the playhead is, what is selected) and is drawn again when the scene changes,
 * which is from step to step; only what counts down is touched between steps (`tick`).
 *
 * Tabs in the sense of ARIA: one tab stop, arrows walk and open. On narrow pages there is no room beside the ladder: the
 * panel is a caption of fixed height below it, and grows over the ladder as a sheet when more than the caption is wanted. The
 * place it grows from is reserved, so nothing on the page moves.
 */

import { html } from './svg.js';

/**
 * @typedef {import('./types').Scene} Scene @typedef {import('./types').Panel} Panel
 * @typedef {{name: string, load: (root: HTMLElement) => Panel | Promise<Panel>}} Tab
 */

/** @type {Promise<void> | null} */
let styles = null;

/** The styles of what is loaded later, once for the page and before anything is shown in them. @returns {Promise<void>} */
export function dressed() {
  return (styles ??= new Promise((resolve, reject) => {
    const link = html('link', { rel: 'stylesheet', href: new URL('../css/panels/panels.css', import.meta.url).href });
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => {
      styles = null;
      link.remove();
      reject(new Error(link.href));
    });
    document.head.append(link);
  }));
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
    if (slot.panel) return paint();
    if (!slot.asked) void fetchPanel(slot);
  }

  /** @param {typeof slots[number]} slot */
  async function fetchPanel(slot) {
    slot.asked = true;
    try {
      if (slot !== slots[0]) await dressed();
      slot.panel = await slot.load(slot.body);
      paint();
    } catch {
      // The server was away for a moment; opening the tab again asks again.
      slot.asked = false;
      slot.body.textContent = voice.ui('panels.failed');
    }
  }

  function paint() {
    if (scene && current.panel) current.panel.draw(scene);
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
