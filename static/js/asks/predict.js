/**
 * predict.js: one question to the learner, as a form.
 *
 * What is asked comes over the wire when the figure reaches its gate; the answer does not, until the learner has given one
 * or has asked to see it. Each kind of answer is made of the browser's own fields, so that keyboards and screen readers have
 * nothing to learn. A guess is a line of text, as web/wire.go says.
 */

import { html } from '../svg.js';
import { createPaper, keepGuess } from './paper.js';

/** @typedef {import('../types').Question} Question @typedef {import('../voice.js').Voice} Voice */

/** Text of a lesson, which the server has rendered: no markup of a stranger can be in it. @param {string} markup @returns {DocumentFragment} */
export function prose(markup) {
  const page = new DOMParser().parseFromString(markup, 'text/html');
  const fragment = document.createDocumentFragment();
  fragment.append(...page.body.childNodes);
  return fragment;
}

/** @param {number} us @returns {string} a time as the notation has it */
const written = (us) => `${Number((us / 1000).toFixed(3))}ms`;
/** @param {string} text */
const microseconds = (text) => Math.round(parseFloat(text) * 1000);

/** The guess as it is drawn, null if its kind is not. @param {Question} question @param {string[]} hosts @param {string} guess */
export function guessed({ kind, host = '', at }, hosts, guess) {
  const [first, second, third] = guess.split(' ');
  if (kind === 'wait') return keepGuess(hosts, 'wait', { host, from: at, to: microseconds(first) });
  return kind === 'arrow' ? keepGuess(hosts, 'arrow', { host: first, from: microseconds(second), to: microseconds(third) }) : null;
}

/** A guess or an answer in the page's language. @param {Voice} voice @param {Question} question @param {string} guess */
export function spoken(voice, question, guess) {
  const [first, second, third] = guess.split(' ');
  switch (question.kind) {
    case 'time':
    case 'wait':
      return voice.time(microseconds(first));
    case 'pick':
      return question.labels?.[Number(first) - 1] ?? guess;
    case 'segment':
      return second ? voice.ui('ask.segment', { host: voice.host(first), kind: second }) : voice.ui('ask.nobody');
    case 'arrow':
      return voice.ui('ask.arrow', { host: voice.host(first), sent: voice.time(microseconds(second)), ends: voice.time(microseconds(third)) });
  }
  return guess;
}

/**
 * @param {Voice} voice @param {Question} question @param {string[]} hosts
 * @param {(guess: string | undefined) => void} answer
 * @param {(drawing: import('../types').Draft) => void} draft what is drawn goes on the figure's own sheet
 * @returns {HTMLElement}
 */
export function createQuestion(voice, question, hosts, answer, draft) {
  const { fields, guess } = fieldsOf(voice, question, hosts, draft);
  const form = html('form', { class: 'guess-form' }, fields,
    html('div', { class: 'ask-buttons' }, html('button', { type: 'submit', class: 'button primary' }, voice.ui('ask.try')), button(voice.ui('ask.show'), () => answer(undefined))));
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    const line = guess();
    if (line) answer(line);
  });
  // What is typed here is for these fields, not for the figure around them.
  form.addEventListener('keydown', (e) => e.stopPropagation());
  const title = html('h3', { id: `ask-${question.ask}` }, voice.ui('ask.predict'));
  const text = html('div', { class: 'ask-text', id: `${title.id}-text` });
  text.append(prose(question.text));
  return html('section', { class: 'ask predict', 'data-kind': question.kind, 'data-ask': question.ask, 'aria-labelledby': `${title.id} ${text.id}` }, title,
    html('p', { class: 'ask-where' }, voice.ui('ask.stops', { time: voice.time(question.at) })), text, form);
}

/** @param {string} words @param {() => void} act */
export function button(words, act) {
  const made = html('button', { type: 'button', class: 'button' }, words);
  made.addEventListener('click', act);
  return made;
}

/** @param {Voice} voice @param {Question} question @param {string[]} hosts @param {(drawing: import('../types').Draft) => void} draft @returns {{fields: HTMLElement, guess: () => string}} */
function fieldsOf(voice, question, hosts, draft) {
  switch (question.kind) {
    case 'number': {
      const input = html('input', { type: 'number', step: 1, required: true, inputmode: 'numeric', name: 'guess' });
      return { fields: labelled(voice.ui('ask.number'), input), guess: () => input.value.trim() };
    }
    case 'time': {
      const input = html('input', { type: 'number', step: 'any', min: 0, required: true, inputmode: 'decimal', name: 'guess' });
      const unit = html('select', { 'aria-label': voice.ui('ask.unit') }, html('option', { value: 'ms' }, 'ms'), html('option', { value: 's' }, 's'));
      const fields = labelled(voice.ui('ask.time'), input);
      fields.append(unit);
      return { fields, guess: () => written(Number(input.value) * (unit.value === 's' ? 1e6 : 1e3)) };
    }
    case 'wait':
    case 'arrow':
      return drawing(voice, question, hosts, draft);
    default: {
      const pick = question.kind === 'pick';
      const choices = (pick ? question.labels : question.choices) ?? [];
      const fields = html('fieldset', { class: 'choices', 'aria-label': voice.ui('ask.predict') }, ...choices.map((choice, i) =>
        html('label', { class: 'choice', 'data-state': question.kind === 'state' ? choice : null },
          html('input', { type: 'radio', name: `guess-${question.ask}`, value: pick ? i + 1 : choice, required: true }), html('span', {}, pick ? choice : spoken(voice, question, choice)))));
      return { fields, guess: () => fields.querySelector('input:checked')?.getAttribute('value') ?? '' };
    }
  }
}

/** @param {string} words @param {HTMLElement} input */
function labelled(words, input) {
  return html('div', { class: 'field' }, html('label', { class: 'field-label' }, html('span', {}, words), input));
}

/** An arrow, or the end of a wait: paper to draw on, and fields that say the same. @param {Voice} voice @param {Question} question @param {string[]} hosts @param {(drawing: import('../types').Draft) => void} draft */
function drawing(voice, question, hosts, draft) {
  const { from = 0, to = 0, step = 1000, at } = question;
  const wait = question.kind === 'wait';
  const middle = Math.round((from + to) / 2 / step) * step;
  const value = { host: question.host ?? hosts[0], from: wait ? at : Math.max(from, at), to: wait ? Math.max(at, middle) : middle };
  const slider = (/** @type {string} */ words, /** @type {number} */ start) => {
    const input = html('input', { type: 'range', min: from, max: to, step, value: start, name: 'guess' });
    const out = html('output', { class: 'field-value' });
    const field = labelled(words, input);
    field.append(out);
    return { input, field, show: (/** @type {number} */ us) => {
      input.value = String(us);
      input.setAttribute('aria-valuetext', voice.time(us));
      out.textContent = voice.time(us);
    } };
  };
  const ends = slider(voice.ui(wait ? 'ask.ends' : 'ask.arrives'), value.to);
  const leaves = slider(voice.ui('ask.leaves'), value.from);
  const sender = html('select', { name: 'sender' }, ...hosts.map((h) => html('option', { value: h }, voice.host(h))));
  const paper = createPaper({ voice, hosts, kind: wait ? 'wait' : 'arrow', host: value.host, time: { from, to, step, at }, drawn: (drawn) => set(drawn) });
  /** @param {import('./paper.js').Drawn} drawn */
  function set(drawn) {
    Object.assign(value, drawn);
    sender.value = value.host;
    leaves.show(value.from);
    ends.show(value.to);
    paper.show(value);
  }
  ends.input.addEventListener('input', () => set({ ...value, to: Number(ends.input.value) }));
  leaves.input.addEventListener('input', () => set({ ...value, from: Number(leaves.input.value) }));
  sender.addEventListener('change', () => set({ ...value, host: sender.value }));
  set(value);
  draft(paper.draft);
  const fields = html('div', { class: 'drawing-fields' }, html('p', { class: 'ask-where' }, voice.ui('ask.paper')),
    ...(wait ? [ends.field] : [labelled(voice.ui('ask.from'), sender), leaves.field, ends.field]));
  return { fields, guess: () => (wait ? written(value.to) : `${value.host} ${written(value.from)} ${written(value.to)}`) };
}
