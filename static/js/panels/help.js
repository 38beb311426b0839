/**
 * help.js: the keys of a figure, and the settings that people need who cannot use it as it comes.
 *
 * A modal dialog of the browser's own, so that Escape, focus and what lies behind it are right without any code.
 */

import { html } from '../svg.js';

const KEYS = /** @type {const} */ ([
  ['Space', 'play'], [', .', 'step'], ['Home End', 'ends'], ['↑ ↓', 'segments'], ['Enter', 'fate'], ['D', 'drop'], ['H', 'hold'], ['C', 'copy'], ['W', 'why'], ['Shift W', 'effect'],
  ['S', 'skip'], ['T', 'where'], ['PageUp PageDown', 'leap'], ['Esc', 'leave'], ['?', 'help'],
]);

const LENGTHS = /** @type {const} */ (['first', 'long', 'short']);

/**
 * @param {HTMLElement} root @param {import('../voice.js').Voice} voice
 * @param {typeof import('../settings.js').settings} settings
 */
export function createHelp(root, voice, settings) {
  const shut = html('button', { type: 'button', class: 'popover-shut', 'aria-label': voice.ui('shut') }, '×');
  const title = html('h2', { id: `${root.closest('figure')?.id}-help` }, voice.ui('help'));
  const rows = KEYS.map(([keys, name]) => html('div', {}, html('dt', {}, ...keys.split(' ').map((key) => html('kbd', {}, key))), html('dd', {}, voice.ui(`help.${name}`))));
  const box = html('dialog', { class: 'help-sheet', 'aria-labelledby': title.id }, shut, title, html('dl', {}, ...rows), toggle('still'), toggle('keys'), toggle('sound'), speech(), themes());
  root.append(box);
  shut.addEventListener('click', () => box.close());
  // A click beside the sheet is one on the dialog itself, not on anything in it.
  box.addEventListener('click', (e) => e.target === box && box.close());

  /** @param {'still' | 'keys' | 'sound' | 'time' | 'who' | 'timers'} name */
  function toggle(name) {
    const input = html('input', { type: 'checkbox', role: 'switch' });
    input.checked = settings[name];
    input.addEventListener('change', () => settings.set(name, input.checked));
    return html('label', { class: 'setting' }, input, html('span', {}, voice.ui(`setting.${name}`)));
  }

  /** How much is read aloud of a step, by whatever reads the page aloud. */
  function speech() {
    const select = html('select', {}, ...LENGTHS.map((length) => html('option', { value: length, selected: length === settings.length }, voice.ui(`setting.${length}`))));
    select.addEventListener('change', () => settings.set('length', LENGTHS[select.selectedIndex]));
    return html('fieldset', { class: 'setting-group' }, html('legend', {}, voice.ui('setting.speech')),
      html('label', { class: 'setting' }, select, html('span', {}, voice.ui('setting.length'))), toggle('time'), toggle('who'), toggle('timers'));
  }

  /** The choice of the page's foot, here without leaving the figure. A page without that form has its theme from elsewhere. */
  function themes() {
    const form = /** @type {HTMLFormElement | null} */ (document.querySelector('form.themes'));
    if (!form) return null;
    const choices = [...form.querySelectorAll('button')];
    const select = html('select', {}, ...choices.map((choice) => html('option', { value: choice.value, selected: choice.ariaPressed === 'true' }, choice.textContent)));
    select.addEventListener('change', async () => {
      for (const choice of choices) choice.ariaPressed = String(choice.value === select.value);
      if (select.value === 'auto') delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = select.value;
      await fetch(form.action, { method: 'POST', body: new URLSearchParams({ theme: select.value, back: location.pathname }), redirect: 'manual' });
    });
    return html('label', { class: 'setting' }, select, html('span', {}, form.querySelector('legend')?.textContent ?? ''));
  }

  return { open: () => box.open || box.showModal() };
}
