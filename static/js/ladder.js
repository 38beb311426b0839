/**
 * ladder.js: the sequence diagram on the page, drawn once per run and then only moved.
 */

import { html, move } from './svg.js';
import { stateAt } from './fold.js';
import { placeAt } from './marks.js';
import { drawSheet, drawTexts, hitsOf } from './sheet.js';
import { layoutOf, pointOn } from './layout.js';

/**
 * @typedef {import('./types').Marks} Marks @typedef {import('./types').Scale} Scale @typedef {import('./types').Layout} Layout
 * @typedef {import('./types').Event} Event @typedef {import('./types').Arrow} Arrow
 */

const FOLLOW = 0.6;
const HEAD_HALF = 92;

/** @param {HTMLElement} root @param {import('./types').LadderDeeds} deeds */
export function createLadder(root, { voice, select, fate, wake, skip, forget }) {
  const past = html('div', { class: 'past' });
  const inner = html('div', { class: 'future-inner' });
  const future = html('div', { class: 'future' }, inner);
  const ghost = html('div', { class: 'ghost-run' });
  const line = html('div', { class: 'now-line' });
  const texts = html('div', { class: 'texts' });
  const clock = html('span');
  const factor = html('b', { class: 'factor' });
  const clockBox = html('div', { class: 'clock' }, clock, factor);
  const pills = html('div', { class: 'pills' });
  const hits = html('div', { class: 'hits' });
  const sheet = html('div', { class: 'sheet' }, past, future, ghost, line, texts, clockBox, pills, hits);
  const scroll = html('div', { class: 'ladder-scroll' }, sheet);
  const head = html('div', { class: 'ladder-head' });
  const back = html('button', { class: 'to-now', type: 'button', hidden: true }, voice.ui('now'));
  const summary = html('p', { class: 'visually-hidden' });
  const over = html('button', { class: 'skip', type: 'button', 'aria-keyshortcuts': 'S' }, voice.ui('skip'));
  const off = html('button', { class: 'ghost-off', type: 'button', hidden: true }, voice.ui('ghost.off'));
  over.addEventListener('click', skip);
  off.addEventListener('click', forget);
  root.append(summary, head, scroll, html('div', { class: 'ladder-foot' }, off, back, over));
  for (const layer of [past, future, ghost, texts]) layer.setAttribute('aria-hidden', 'true');

  /** @type {{events: readonly Event[], marks: Marks, scale: Scale, before: import('./types').Ghost | null, layout: Layout} | null} */
  let run = null;
  let width = 0;
  let height = 0;
  let following = true;
  let top = 0;
  let scrolled = -1;
  let shownBefore = -Infinity;
  /** @type {{at: number, node: Element}[]} */
  let turns = [];
  let turned = 0;
  /** @type {Map<number, HTMLElement>} the pills that are on the sheet, by segment */
  const flying = new Map();
  /** @type {Record<string, {chip: HTMLElement, left: HTMLElement, bar: HTMLElement, state: string, said: string}>} */
  let heads = {};

  new ResizeObserver((entries) => {
    const box = entries[0].contentRect;
    height = box.height;
    if (Math.abs(box.width - width) < 1) return;
    width = box.width;
    if (run) show(run.events, run.marks, run.scale, run.before);
  }).observe(scroll);

  for (const type of ['wheel', 'touchmove']) scroll.addEventListener(type, leave, { passive: true });
  scroll.addEventListener('pointerdown', (e) => e.target === scroll && leave());
  back.addEventListener('click', follow);

  function leave() {
    if (!run || sheet.offsetHeight <= height) return;
    following = false;
    back.hidden = false;
  }

  /** Keep the playhead in view, from wherever the sheet stands now. */
  function follow() {
    if (!following) top = scroll.scrollTop;
    following = true;
    scrolled = -1;
    back.hidden = true;
    wake();
  }

  /** @param {readonly Event[]} events @param {Marks} marks @param {Scale} scale @param {import('./types').Ghost | null} before the run before the last edit */
  function show(events, marks, scale, before) {
    if (!width) width = scroll.clientWidth;
    if (!height) height = scroll.clientHeight;
    const layout = layoutOf(marks, scale, width, voice.texts(marks));
    run = { events, marks, scale, before, layout };
    root.classList.toggle('compact', layout.compact);
    const drawing = drawSheet(marks, scale, layout);
    past.replaceChildren(drawing);
    inner.replaceChildren(drawing.cloneNode(true));
    off.hidden = !before;
    ghost.replaceChildren(...(before ? [before(scale, layout)] : []));
    const words = drawTexts(marks, scale, layout);
    texts.replaceChildren(words.drawing);
    turns = words.turns;
    turned = 0;
    hits.replaceChildren(hitsOf(marks, scale, layout, voice, { select, fate }));
    summary.textContent = voice.summary(marks);
    sheet.style.height = `${layout.height}px`;
    for (const pill of flying.values()) pill.remove();
    flying.clear();
    drawHeads(marks.hosts, layout);
    shownBefore = -Infinity;
    wake();
  }

  /** @param {string[]} hosts @param {Layout} layout */
  function drawHeads(hosts, layout) {
    heads = {};
    head.replaceChildren(...hosts.map((host) => {
      const chip = html('span', { class: 'chip' });
      const left = html('span', { class: 'left' });
      const bar = html('span', { class: 'left-bar' });
      const gap = (layout.x[hosts[hosts.length - 1]] - layout.x[hosts[0]]) / Math.max(1, hosts.length - 1);
      const half = Math.min(HEAD_HALF, layout.compact ? layout.width * 0.24 : HEAD_HALF, gap / 2 - 2);
      const box = html('div', { class: 'host' },
        html('span', { class: 'host-name' }, voice.host(host)), html('span', { class: 'host-addr' }, voice.address(host)),
        chip, html('span', { class: 'left-track' }, bar, left));
      box.style.width = `${2 * half}px`;
      box.classList.toggle('narrow', half < 88);
      const x = Math.min(Math.max(layout.x[host] - half, 4), layout.width - 2 * half - 4);
      move(box, x, 0);
      heads[host] = { chip, left, bar, state: '', said: '' };
      return box;
    }));
  }

  /**
   * Put the picture at `shown` and the words at `t`.
   * @param {number} shown @param {number} t @param {number} ms since the frame before
   * @returns {boolean} whether it goes on moving although the playhead rests
   */
  function frame(shown, t, ms) {
    if (!run) return false;
    const { scale, events, layout } = run;
    const y = scale.y(shown);
    // First, while the page is as the browser left it: setting a scroll position lays out whatever has been touched before.
    const moves = keepInView(y, ms, layout);
    move(future, 0, y);
    move(inner, 0, -y);
    move(line, 0, y);
    move(clockBox, 0, y);
    turn(shown);
    const world = stateAt(events, shown);
    drawPills(world.flying, shown);
    if (ms > 0 && shown > shownBefore) pulse(shownBefore, shown);
    shownBefore = shown;
    drawStates(stateAt(events, t), Math.max(0, t));
    const label = voice.clock(Math.max(0, t));
    if (clock.textContent !== label) clock.textContent = label;
    return moves;
  }

  /** Texts turn at their instant: only those between the last frame and this one are touched. @param {number} at */
  function turn(at) {
    while (turned < turns.length && turns[turned].at <= at) turns[turned++].node.classList.add('told');
    while (turned > 0 && turns[turned - 1].at > at) turns[--turned].node.classList.remove('told');
  }

  /** @param {number} y @param {number} ms @param {Layout} layout */
  function keepInView(y, ms, layout) {
    if (!following || !height) return false;
    const goal = Math.min(Math.max(0, y - FOLLOW * height), Math.max(0, layout.height - height));
    // Ease toward it: a jump of the page would lose the eye. Far away it closes most of the distance in a fifth of a second.
    const next = ms > 0 ? top + (goal - top) * Math.min(1, ms / 90) : goal;
    const rest = Math.abs(goal - next) < 0.5;
    top = rest ? goal : next;
    const whole = Math.round(top);
    if (whole !== scrolled) scroll.scrollTop = scrolled = whole;
    return !rest;
  }

  /** @param {Map<number, number>} segs @param {number} at */
  function drawPills(segs, at) {
    const { marks, scale, layout } = /** @type {NonNullable<typeof run>} */ (run);
    for (const [seg, pill] of flying) {
      if (segs.has(seg)) continue;
      pill.remove();
      flying.delete(seg);
    }
    for (const seg of segs.keys()) {
      const arrow = arrowOf(marks, seg);
      if (!arrow) continue;
      let pill = flying.get(seg);
      if (!pill) {
        pill = html('div', { class: 'pill', 'data-kind': arrow.kind, 'data-copy': arrow.copy }, html('span', {}, arrow.flags));
        flying.set(seg, pill);
        pills.append(pill);
      }
      const { x, y } = pointOn(arrow, at, scale, layout);
      // At the ends of its way it stays between the lifelines, where it hides no note.
      const half = Math.max(23, voice.width(arrow.flags, 'small') / 2 + 9);
      const [low, high] = [layout.x[marks.hosts[0]] + half - 4, layout.x[marks.hosts[marks.hosts.length - 1]] - half + 4];
      move(pill, Math.min(Math.max(x, low), high), y);
    }
  }

  /** A ring where a segment lands: it says which end has just learned something. @param {number} from @param {number} to */
  function pulse(from, to) {
    const { marks, scale, layout } = /** @type {NonNullable<typeof run>} */ (run);
    for (const arrow of marks.arrows) {
      if (arrow.sent > to) break;
      if (arrow.fate !== 'arrived' || arrow.end === null || arrow.end <= from || arrow.end > to || placeAt(arrow, arrow.end) < 1) continue;
      const ring = html('div', { class: 'pulse' }, html('span', { 'data-kind': arrow.kind }));
      const { x, y } = pointOn(arrow, arrow.end, scale, layout);
      move(ring, x, y);
      pills.append(ring);
      setTimeout(() => ring.remove(), 450);
    }
  }

  /** @param {import('./types').World} world @param {number} t */
  function drawStates(world, t) {
    for (const host in heads) {
      const view = heads[host];
      const now = world.hosts[host];
      const state = now?.state ?? '';
      if (state !== view.state) {
        view.state = state;
        view.chip.textContent = state;
        view.chip.dataset.state = state;
      }
      const wait = now?.timers.TIME_WAIT;
      const said = wait ? voice.left(Math.max(0, wait.due - t)) : '';
      if (said !== view.said) {
        view.said = said;
        view.left.textContent = said;
      }
      view.bar.style.transform = `scaleX(${wait ? Math.max(0, (wait.due - t) / (wait.due - wait.start)).toFixed(3) : 0})`;
    }
  }

  return {
    show,
    frame,
    follow,
    /** @param {number | null} seg @param {boolean} focus */
    mark(seg, focus) {
      for (const node of root.querySelectorAll('.selected')) node.classList.remove('selected');
      const stop = hits.querySelector('.seg[tabindex="0"]');
      for (const node of hits.querySelectorAll('.seg[tabindex="0"]')) node.setAttribute('tabindex', '-1');
      // Where one has been is where Tab leads back to, selected or not.
      if (seg === null) {
        (stop ?? hits.querySelector('.seg'))?.setAttribute('tabindex', '0');
        return;
      }
      for (const node of root.querySelectorAll(`[data-seg="${seg}"]`)) node.classList.add('selected');
      const hit = /** @type {SVGElement | null} */ (hits.querySelector(`.seg[data-seg="${seg}"]`));
      hit?.setAttribute('tabindex', '0');
      if (focus) hit?.focus({ preventScroll: true });
    },
    /** Give a segment the keyboard's focus, or the one that Tab would lead to. @param {number} [seg] */
    focus(seg) {
      const stop = hits.querySelector('.seg[tabindex="0"]');
      const hit = /** @type {SVGElement | null} */ ((seg === undefined ? null : hits.querySelector(`.seg[data-seg="${seg}"]`)) ?? stop);
      stop?.setAttribute('tabindex', '-1');
      hit?.setAttribute('tabindex', '0');
      hit?.focus({ preventScroll: true });
    },
    /** Bring a height of the sheet into view without taking the playhead along. @param {number} at */
    reveal(at) {
      if (!run) return;
      const y = run.scale.y(at);
      if (y > scroll.scrollTop + 30 && y < scroll.scrollTop + height - 60) return;
      leave();
      scroll.scrollTop = y - height / 2;
    },
    /**
     * A wait is being played: how much faster than an exchange, and a way to skip it.
     * @param {number} times 0 when there is none
     */
    wait(times) {
      const said = times >= 1.5 ? `×${times < 10 ? Math.round(times) : times < 100 ? 5 * Math.round(times / 5) : 50 * Math.round(times / 50)}` : '';
      if (factor.textContent !== said) factor.textContent = said;
      over.classList.toggle('on', times > 0);
    },
    /** What of the sheet can be seen. */
    view: () => ({ top: scroll.scrollTop, bottom: scroll.scrollTop + height }),
    get sheet() { return sheet; },
    get layout() { return run?.layout ?? null; },
  };
}

/** @type {WeakMap<Marks, Map<number, Arrow>>} */
const indexes = new WeakMap();

/** @param {Marks} marks @param {number} seg */
export function arrowOf(marks, seg) {
  let index = indexes.get(marks);
  if (!index) indexes.set(marks, (index = new Map(marks.arrows.map((arrow) => [arrow.seg, arrow]))));
  return index.get(seg);
}
