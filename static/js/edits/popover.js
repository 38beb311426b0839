/**
 * popover.js: what can be known of one segment and done to it, beside the segment.
 *
 * What can be done is one choice of four: it arrives, it is lost, it is held for a time, it arrives twice. It belongs to the sheet
 * and scrolls with it, takes no focus away from the ladder (Enter, D, H and C on a segment do the same as its buttons) and
 * leaves on Escape or on a click elsewhere.
 */

import { html, move } from '../svg.js';
import { pointOn, timeAt } from '../layout.js';
import { TIMES } from './lines.js';

/** @typedef {import('./lines.js').Fate} Fate @typedef {import('../types').Arrow} Arrow @typedef {import('../types').Scale} Scale @typedef {import('../types').Layout} Layout */

const WIDTH = 264;
const FATES = /** @type {const} */ (['deliver', 'drop', 'hold', 'dup']);

/**
 * @param {HTMLElement} sheet @param {import('../voice.js').Voice} voice
 * @param {{fate(seg: number, fate: Fate, by?: number, finished?: boolean): void, close(): void, left(): void}} deeds `left`: it is gone, and with it what had the focus
 */
export function createPopover(sheet, voice, deeds) {
  const box = html('div', { class: 'popover', role: 'group', hidden: true });
  sheet.append(box);
  document.addEventListener('pointerdown', (e) => {
    if (!box.hidden && e.target instanceof Element && !box.contains(e.target) && !e.target.closest('.seg')) deeds.close();
  });

  /** What becomes of it, as a choice; and for how long, where that is the question. @param {Arrow} arrow @param {{fate: Fate, by: number} | null} own */
  function choices(arrow, own) {
    const now = own?.fate ?? (arrow.fate === 'lost' ? 'drop' : 'deliver');
    const buttons = FATES.map((fate) => {
      const node = html('button', { type: 'button', role: 'radio', class: `choice ${fate}`, 'aria-checked': String(fate === now), tabindex: fate === now ? 0 : -1 },
        html('span', { class: 'choice-sign', 'aria-hidden': 'true' }), html('span', {}, voice.ui(`choose.${fate}`)));
      node.addEventListener('click', () => deeds.fate(arrow.seg, fate));
      return node;
    });
    const group = html('div', { class: 'choices', role: 'radiogroup', 'aria-label': voice.ui('choose') }, ...buttons);
    group.addEventListener('keydown', (e) => {
      const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
      if (!way) return;
      e.preventDefault();
      e.stopPropagation();
      const to = (buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement)) + way + FATES.length) % FATES.length;
      buttons[to].focus();
    });
    return own && (now === 'hold' || now === 'dup') ? [group, howLong(arrow, now, own.by)] : [group];
  }

  /** @param {Arrow} arrow @param {'hold' | 'dup'} fate @param {number} by */
  function howLong(arrow, fate, by) {
    const near = TIMES.reduce((best, time, i) => (Math.abs(Math.log(time / by)) < Math.abs(Math.log(TIMES[best] / by)) ? i : best), 0);
    const input = html('input', { type: 'range', min: 0, max: TIMES.length - 1, value: near, 'aria-label': voice.ui(`choose.${fate}.by`) });
    const output = html('output', { class: 'knob-value' }, voice.roughly(by));
    const say = () => {
      const words = voice.roughly(TIMES[input.valueAsNumber]);
      output.textContent = words;
      input.setAttribute('aria-valuetext', words);
      input.style.setProperty('--share', String(input.valueAsNumber / (TIMES.length - 1)));
    };
    say();
    output.textContent = voice.roughly(by);
    input.addEventListener('input', () => (say(), deeds.fate(arrow.seg, fate, TIMES[input.valueAsNumber], false)));
    input.addEventListener('change', () => deeds.fate(arrow.seg, fate, TIMES[input.valueAsNumber], true));
    return html('label', { class: 'knob' }, html('span', { class: 'knob-name' }, voice.ui(`choose.${fate}.by`)), output, input);
  }

  return {
    /**
     * @param {Arrow} arrow @param {Scale} scale @param {Layout} layout @param {{top: number, bottom: number}} view what of the sheet can be seen
     * @param {{fate: Fate, by: number} | null} own the learner's own word about it
     */
    show(arrow, scale, layout, view, own) {
      const facts = [voice.ui('segment.seq', { seq: arrow.seq }), arrow.ack !== undefined && voice.ui('segment.ack', { ack: arrow.ack }), arrow.len && voice.ui('segment.len', { len: arrow.len })].filter(Boolean).join('  ');
      const times = [voice.ui('segment.sent', { time: voice.time(arrow.sent) }), voice.fate(arrow)].join(voice.comma);
      const shut = html('button', { type: 'button', class: 'popover-shut', 'aria-label': voice.ui('shut') }, '×');
      shut.addEventListener('click', () => deeds.close());
      box.replaceChildren(
        html('p', { class: 'popover-head' }, html('b', {}, arrow.flags), ' ', html('span', {}, voice.segmentName(arrow))),
        html('p', { class: 'popover-facts' }, facts), html('p', { class: 'popover-times' }, times),
        ...(arrow.copy ? [html('p', { class: 'popover-times' }, voice.ui('copy'))] : choices(arrow, own)), shut);
      box.setAttribute('aria-label', voice.segmentName(arrow));
      box.hidden = false;
      const { x, y } = pointOn(arrow, timeAt(arrow, 0.5), scale, layout);
      const height = box.offsetHeight;
      // Below the segment if it fits into what can be seen, else above, else wherever all of it can be seen.
      const below = y + 26 + height <= view.bottom ? y + 26 : y - 34 - height;
      move(box, Math.min(Math.max(x - WIDTH / 2, 6), layout.width - WIDTH - 6), Math.max(view.top + 6, Math.min(below, view.bottom - height - 6)));
    },
    hide() {
      const held = box.contains(document.activeElement);
      box.hidden = true;
      if (held) deeds.left();
    },
  };
}
