/**
 * problems.js: what the server would not do, said in the page's language; its own sentence, which is English, beside it.
 */

import { html } from '../svg.js';

/** @param {string} words */
export function serverSays(words) {
  return html('small', { class: 'server-says', lang: 'en' }, words);
}

/**
 * @param {import('../types').WireError} error @param {import('../types').Words} words
 * @param {(key: string, values?: Record<string, string | number>) => string} ui
 */
export function leadOf({ code, problem = '', do: line = '' }, words, ui) {
  const kind = [problem, code].find((kind) => words[`ui.error.${kind}`]);
  return kind ? ui(`error.${kind}`, { do: line }) : ui('failed');
}
