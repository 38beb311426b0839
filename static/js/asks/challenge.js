/**
 * challenge.js: a goal for the learner's own run.
 *
 * The task and its hints are in the page. After each edit the server is asked whether the run as it is now reaches the goal;
 * it judges, this module says what it found, and a solution is the address of the page.
 */

import { html } from '../svg.js';
import { readable } from '../edits/lines.js';
import { button, prose } from './predict.js';

/** @typedef {import('../types').Run} Run @typedef {import('../types').Verdict} Verdict */

/**
 * @param {HTMLElement} root the section that the server wrote
 * @param {import('../voice.js').Voice} voice
 * @param {object} deeds
 * @param {(message: Record<string, unknown>) => void} deeds.say
 * @param {(log: string[]) => void} deeds.open
 * @param {(how: 'solved' | 'shown') => void} deeds.done
 */
export function createChallenge(root, voice, { say, open, done }) {
  const ask = root.dataset.challenge ?? '';
  const edits = Number(root.dataset.edits);
  const status = html('p', { class: 'challenge-status', role: 'status' }, voice.ui('ask.not-yet'));
  const why = html('div', { class: 'ask-why' });
  const copy = button(voice.ui('ask.copy'), () => void navigator.clipboard?.writeText(location.href).then(() => { copy.textContent = voice.ui('ask.copied'); }));
  copy.hidden = true;
  const solution = button(voice.ui('ask.solution'), () => {
    shown = true;
    say({ type: 'solve', ask });
  });
  root.append(status, why, html('div', { class: 'ask-buttons' }, copy, solution));
  let judged = -1;
  let shown = false;
  /** @type {Run | null} */
  let run = null;

  return {
    ask,
    /** @param {Run} now */
    show(now) {
      run = now;
      if (now.gate) {
        judged = -1;
        tell('ask.after', 'waits');
      } else if (!now.log.length) {
        judged = now.rev;
        tell('ask.not-yet', 'not-yet');
      } else if (now.end && judged !== now.rev) {
        judged = now.rev;
        say({ type: 'judge', ask });
      }
    },
    /** @param {Verdict} verdict */
    verdict({ verdict, rev, log, line = '', why: markup = '' }) {
      if (log) return open(log);
      if (!run || rev !== run.rev) return;
      const n = run.log.length;
      const many = edits < 64;
      if (verdict === 'solved') {
        if (tell('ask.solved', 'solved')) done(shown ? 'shown' : 'solved');
        why.replaceChildren(prose(markup));
      } else if (verdict === 'forbidden') tell('ask.forbidden', verdict, { line: readable(line, voice) });
      else if (verdict === 'too-many') tell('ask.too-many', verdict, { n, of: edits });
      else tell(many ? 'ask.trying.of' : 'ask.trying', 'not-yet', many ? { n, of: edits } : { n });
    },
  };

  /** @param {string} key @param {string} how @param {Record<string, string | number>} [values] */
  function tell(key, how, values) {
    const before = root.dataset.verdict;
    root.dataset.verdict = how;
    copy.hidden = how !== 'solved';
    solution.hidden = how === 'solved' || how === 'waits';
    if (how !== 'solved') why.replaceChildren();
    const words = voice.ui(key, values);
    if (status.textContent !== words) status.textContent = words;
    return before !== how;
  }
}
