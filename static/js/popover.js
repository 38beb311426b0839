/**
 * popover.js: what can be known of one segment and done to it, beside the segment.
 *
 * It belongs to the sheet and scrolls with it, takes no focus away from the ladder (Enter on a segment does the same as its
 * button) and leaves on Escape or on a click elsewhere.
 */

import { html, move } from './svg.js';
import { pointOn, timeAt } from './layout.js';

/** @typedef {import('./types').Arrow} Arrow @typedef {import('./types').Scale} Scale @typedef {import('./types').Layout} Layout */

const WIDTH = 216;

/**
 * @param {HTMLElement} sheet @param {import('./voice.js').Voice} voice
 * @param {{fate(seg: number): void, close(): void, left(): void}} deeds `left`: it is gone, and with it what had the focus
 */
export function createPopover(sheet, voice, deeds) {
  const box = html('div', { class: 'popover', role: 'group', hidden: true });
  sheet.append(box);
  document.addEventListener('pointerdown', (e) => {
    if (!box.hidden && e.target instanceof Element && !box.contains(e.target) && !e.target.closest('.seg')) deeds.close();
  });

  return {
    /** @param {Arrow} arrow @param {Scale} scale @param {Layout} layout @param {{top: number, bottom: number}} view what of the sheet can be seen */
    show(arrow, scale, layout, view) {
      const facts = [voice.ui('segment.seq', { seq: arrow.seq }), arrow.ack !== undefined && voice.ui('segment.ack', { ack: arrow.ack }), arrow.len && voice.ui('segment.len', { len: arrow.len })].filter(Boolean).join('  ');
      const times = [voice.ui('segment.sent', { time: voice.time(arrow.sent) }), voice.fate(arrow)].join(voice.comma);
      const lost = arrow.fate === 'lost';
      const act = html('button', { type: 'button', class: lost ? 'action' : 'action danger' }, voice.ui(lost ? 'deliver' : 'lose'));
      act.addEventListener('click', () => deeds.fate(arrow.seg));
      const shut = html('button', { type: 'button', class: 'popover-shut', 'aria-label': voice.ui('shut') }, '×');
      shut.addEventListener('click', () => deeds.close());
      box.replaceChildren(
        html('p', { class: 'popover-head' }, html('b', {}, arrow.flags), ' ', html('span', {}, voice.segmentName(arrow))),
        html('p', { class: 'popover-facts' }, facts), html('p', { class: 'popover-times' }, times),
        arrow.copy ? html('p', { class: 'popover-times' }, voice.ui('copy')) : act, shut);
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
