/**
 * named.js: words that name a mark of the picture look like it, wherever they stand: a state has a piece of its band before it,
 * a kind of segment is its pill, a loss has its cross.
 *
 * Only looks are added, by the styles: the words and their order stay, so that what is read aloud, copied or searched for is
 * the plain sentence. The server's list is written by the twin of this (lessons/named.go); test/fixtures/named-fixtures.json
 * is read by the tests of both.
 */

import { html } from '../svg.js';

/** @typedef {{text: string, state?: string, kind?: string, lost?: boolean}} Part @typedef {{kind?: string, flags?: string} | undefined} About */

const STATES = 'LISTEN|SYN[-_]SENT|SYN[-_]RCVD|ESTABLISHED|FIN[-_]WAIT[-_][12]|CLOSING|TIME[-_]WAIT|CLOSE[-_]WAIT|LAST[-_]ACK|CLOSED';
const FLAGS = '(?:SYN|FIN|ACK|RST|PSH)(?:,(?:SYN|FIN|ACK|RST|PSH))*';
/** The first that applies names the segment. */
const KINDS = ['RST', 'SYN', 'FIN', 'PSH'];

/**
 * A sentence in pieces, which together are the sentence.
 * @param {string} sentence @param {string} lost the word of the cross, in the sentence's language @param {About} [about] the segment that it tells of
 * @returns {Part[]}
 */
export function partsOf(sentence, lost, about) {
  /** @type {Part[]} */
  const parts = [];
  let end = 0;
  // A catalogue may hold any sign. In a plural the s belongs to the pill. "data" is a word of its own where no segment of that kind is told of.
  const names = new RegExp(`(?<![\\w-])(?:(${STATES})|(${FLAGS})s?|(${lost.replace(/\W/g, '\\$&')})${about?.kind === 'data' ? '|(data)' : ''})(?![\\w-])`, 'g');
  for (const { 0: text, 1: state, 2: flags, 3: gone, index } of sentence.matchAll(names)) {
    if (index > end) parts.push({ text: sentence.slice(end, index) });
    end = index + text.length;
    if (state) parts.push({ text, state: state.replaceAll('-', '_') });
    else if (gone) parts.push({ text, lost: true });
    else parts.push({ text, kind: !flags || flags === about?.flags ? about?.kind : kindOf(flags) });
  }
  if (end < sentence.length) parts.push({ text: sentence.slice(end) });
  return parts;
}

/** @param {string} flags */
function kindOf(flags) {
  const kind = KINDS.find((kind) => flags.includes(kind)) ?? 'ACK';
  return kind === 'PSH' ? 'data' : kind;
}

/** @param {string} sentence @param {import('../voice.js').Voice} voice @param {About} [about] @returns {(Node | string)[]} */
export function named(sentence, voice, about) {
  return partsOf(sentence, voice.ui('lost'), about).map(({ text, state, kind, lost }) =>
    state || kind || lost ? html('span', { class: 'named', 'data-state': state, 'data-kind': kind, 'data-lost': lost }, text) : text);
}

/** The same for what is on the page already, once: text, but not what is code or leads elsewhere. @param {Element} root @param {import('../voice.js').Voice} voice */
export function nameIn(root, voice) {
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) if (!walk.currentNode.parentElement?.closest('code, a, .named')) texts.push(/** @type {Text} */ (walk.currentNode));
  for (const text of texts) text.replaceWith(...named(text.data, voice));
}
