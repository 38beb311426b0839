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
  /** @type {string[] | null} what was pressed, until the run is there that it is to be compared with */
  let wanted = null;
  /** @type {{before: Run, edits: string[]} | null} and from then on, until its own run is there */
  let pressed = null;

  /** @param {string[]} edits */
  function turn(edits) {
    if (!run) return;
    wanted = isOn(run, edits) ? null : edits;
    if (run.log.some((line) => lines.has(line))) open((now) => now.filter((line) => !lines.has(line)));
    else begin();
  }

  /** Compared is with the run without any of them, and with all of it. */
  function begin() {
    if (!wanted || !run?.end || run.log.some((line) => lines.has(line))) return;
    const edits = wanted;
    [wanted, pressed] = [null, { before: run, edits }];
    open((now) => [...now, ...edits]);
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
      begin();
      if (pressed && isOn(now, pressed.edits)) void arrive(pressed.before, now);
    },
  };

  /** @param {Run} before @param {Run} now */
  async function arrive(before, now) {
    const { parting } = await import('../edits/compare.js');
    const n = parting(before.events, now.events);
    // A long run comes in pieces, the first of which may be as it was.
    if (run !== now || (n === now.events.length && !now.end)) return;
    pressed = null;
    const at = Math.min(before.events[n]?.at ?? Infinity, now.events[n]?.at ?? Infinity);
    if (at < Infinity) playFrom(at);
  }
}
