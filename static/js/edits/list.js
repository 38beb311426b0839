/**
 * list.js: the edits of a run, readable, each with a switch and a way to take it back.
 *
 * An edit that is switched off stays in the list and in the address, and the run goes on as if it had not been made: so one
 * edit can be told from another by what the run becomes without it.
 */

import { button } from '../controls.js';
import { html } from '../svg.js';
import { isOff, readable, switched, takenBack } from './lines.js';

/**
 * @param {HTMLElement} root the `ul` @param {import('../voice.js').Voice} voice
 * @param {{open(log: (now: string[]) => string[]): void, rest(): void}} deeds `rest` gives the keyboard a place when its own has gone
 */
export function createList(root, voice, deeds) {
  let listed = '';
  let lines = 0;

  /** @param {string} line */
  function chip(line) {
    const words = readable(line, voice);
    const on = html('button', { type: 'button', class: 'edit-switch', 'aria-pressed': String(!isOff(line)), title: voice.ui(isOff(line) ? 'edits.on' : 'edits.off') }, html('span', { class: 'edit-words' }, words));
    on.addEventListener('click', () => deeds.open((now) => switched(now, line)));
    const close = button('×', () => deeds.open((now) => takenBack(now, line)));
    close.className = 'edit-remove';
    close.setAttribute('aria-label', voice.ui('edits.remove', { edit: words }));
    return html('li', { class: 'edit' }, on, close);
  }

  return {
    /** The edits, the newest in view. @param {string[]} log */
    show(log) {
      if (listed === (listed = log.join(';'))) return;
      const held = [...root.querySelectorAll('button')].findIndex((b) => b === document.activeElement);
      if (log.length) root.replaceChildren(...log.map(chip));
      if (log.length > lines) root.scrollLeft = root.scrollWidth;
      lines = log.length;
      if (held < 0) return;
      if (!log.length) return deeds.rest();
      // Two buttons an edit: the same one of the edit that has moved into its place.
      const buttons = root.querySelectorAll('button');
      (buttons[held] ?? buttons[buttons.length - 2 + (held % 2)]).focus();
    },
  };
}
