/**
 * tries.js: the comparisons that a lesson's author offers, each a figure under edits.
 *
 * The server wrote them as links, which is what they are without a script. Here they become switches: one adds its lines to
 * the reader's own, the engine answers with another run, and the figure plays on from where the two runs part, over the run
 * as it was. Only one is on at a time, because two changes at once explain nothing.
 */

import { html } from '../svg.js';

/** @typedef {import('../types').Run} Run */

/**
 * @param {HTMLElement} root the section that the server wrote
 * @param {(log: (now: string[]) => string[]) => void} open
 * @param {(at: number) => void} playFrom
 */
export function createTries(root, open, playFrom) {
  const all = [...root.querySelectorAll('.try')].map((item) => {
    const link = /** @type {HTMLAnchorElement} */ (item.querySelector('a'));
    const edits = (link.dataset.edits ?? '').split(';');
    const press = html('button', { type: 'button', class: 'button', 'aria-pressed': 'false' }, ...link.childNodes);
    press.addEventListener('click', () => turn(edits));
    link.replaceWith(press);
    return { item, press, edits };
  });
  const lines = new Set(all.flatMap((one) => one.edits));
  /** One may be a part of another: of the lines that any of them has, the run has just these. @param {Run} run @param {string[]} edits */
  const isOn = (run, edits) => edits.every((line) => run.log.includes(line)) && run.log.every((line) => !lines.has(line) || edits.includes(line));
  /** @type {Run | null} the run as it is now */
  let run = null;
  /** @type {{before: Run, edits: string[]} | null} what was pressed, until its run is there */
  let pressed = null;

  /** @param {string[]} edits */
  function turn(edits) {
    if (!run) return;
    const on = isOn(run, edits);
    // Back to the run without any of them first: that is what the next one is to be compared with.
    if (run.log.some((line) => lines.has(line))) open((now) => now.filter((line) => !lines.has(line)));
    if (on) return;
    open((now) => [...now, ...edits]);
    pressed = { before: run, edits };
  }

  return {
    /** @param {Run} now */
    show(now) {
      run = now;
      root.hidden = Boolean(now.gate);
      for (const { item, press, edits } of all) {
        const on = isOn(now, edits);
        press.setAttribute('aria-pressed', String(on));
        item.toggleAttribute('data-on', on);
      }
      if (!pressed) return;
      if (!isOn(now, pressed.edits)) pressed.before = now;
      else void arrive(pressed.before, now);
    },
  };

  /** @param {Run} before @param {Run} now */
  async function arrive(before, now) {
    pressed = null;
    const { parting } = await import('../edits/compare.js');
    const n = parting(before.events, now.events);
    const at = Math.min(before.events[n]?.at ?? Infinity, now.events[n]?.at ?? Infinity);
    if (run === now && at < Infinity) playFrom(at);
  }
}

