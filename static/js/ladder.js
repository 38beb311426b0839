/**
 * ladder.js: the sequence diagram on the page, drawn once per run and then only moved.
 */

import { html, move } from './svg.js';
import { stateAt } from './fold.js';
import { endsOf, placeAt } from './marks.js';
import { EVERYTHING, drawBands, drawSheet, drawTexts, hitsOf } from './sheet.js';
import { acrossAt, belowOf, layoutOf, pointOn } from './layout.js';

/**
 * @typedef {import('./types').Marks} Marks @typedef {import('./types').Scale} Scale @typedef {import('./types').Layout} Layout
 * @typedef {import('./types').Event} Event @typedef {import('./types').Arrow} Arrow
 */

const FOLLOW = 0.6;
/** A run that is higher than this is drawn piece by piece: what can be seen, and this much above and below. */
const WHOLE = 5000;
const AROUND = 1400;
/** A picture has been painted after this. */
const PAINTED_MS = 50;
const RINGS = 6;
/** A segment lands before its receiver's state changes: one thing to look at after the other. */
const LANDS_MS = 200;
/** While it plays, clock and words turn this often: as fast as anybody reads, and seldom enough to cost little. */
const READ_MS = 66;

/** @param {HTMLElement} root @param {import('./types').LadderDeeds} deeds */
export function createLadder(root, { voice, select, fate, wake, skip, forget, letter }) {
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
  const drafted = html('div', { class: 'drafted' });
  const sheet = html('div', { class: 'sheet' }, past, future, ghost, line, texts, clockBox, pills, hits, drafted);
  const scroll = html('div', { class: 'ladder-scroll' }, sheet);
  const head = html('div', { class: 'ladder-head' });
  const back = html('button', { class: 'to-now', type: 'button', hidden: true }, voice.ui('now'));
  const summary = html('p', { class: 'visually-hidden' });
  const over = html('button', { class: 'skip', type: 'button' }, voice.ui('skip'));
  const off = html('button', { class: 'ghost-off', type: 'button', hidden: true }, voice.ui('ghost.off'));
  over.addEventListener('click', skip);
  letter(over, 'S');
  off.addEventListener('click', forget);
  root.append(summary, head, scroll, html('div', { class: 'ladder-foot' }, off, back, over));
  for (const layer of [past, future, ghost, texts, pills, drafted]) layer.setAttribute('aria-hidden', 'true');

  /** @type {{events: readonly Event[], marks: Marks, scale: Scale, before: import('./types').Ghost | null, layout: Layout} | null} */
  let run = null;
  /** @type {import('./types').Draft | null} what a guest draws on the sheet */
  let draft = null;
  /** How far that goes on below the end of the run. */
  let below = 0;
  let width = 0;
  let height = 0;
  let following = true;
  let top = 0;
  let scrolled = -1;
  let shownBefore = -Infinity;
  let unread = 0;
  /** @type {{at: number, node: Element}[]} */
  let turns = [];
  let turned = 0;
  /** @type {Map<number, HTMLElement>} the pills that are on the sheet, by segment */
  const flying = new Map();
  /** @type {Map<string, HTMLElement[]>} those that have landed, by what is written on them, to fly again */
  const landed = new Map();
  /** @type {Map<string, number>} half the width of a pill, by its flags */
  const halves = new Map();
  /** @type {HTMLElement[]} the rings of landings, the next one first */
  const rings = [];
  /** @type {Record<string, number>} for how long an end's chip still waits for the ring beside it */
  let landing = {};
  /** What of the sheet is drawn. */
  let drawn = EVERYTHING;
  /** Whether there is a new run that has not been drawn. */
  let undrawn = false;
  /** Whether what can be touched is still to be made for it. */
  let lacking = false;
  /** @type {number | null} the segment that is marked */
  let marked = null;
  /** @type {string | null} the end of the connection that stands out from the others of its host */
  let forward = null;
  /** @type {number | null} the one that Tab leads to */
  let stop = null;
  /** @type {Record<string, {chip: HTMLElement, left: HTMLElement, bar: HTMLElement, state: string, said: string}>} */
  let heads = {};

  new ResizeObserver((entries) => {
    const box = entries[0].contentRect;
    height = box.height;
    if (Math.abs(box.width - width) < 1) return;
    width = box.width;
    if (!run) return;
    show(run.events, run.marks, run.scale, run.before);
    redraw();
  }).observe(scroll);

  for (const type of ['wheel', 'touchmove']) scroll.addEventListener(type, leave, { passive: true });
  scroll.addEventListener('pointerdown', (e) => e.target === scroll && leave());
  scroll.addEventListener('scroll', () => !following && look(scroll.scrollTop), { passive: true });
  addEventListener('beforeprint', () => draw(EVERYTHING));
  back.addEventListener('click', follow);
  // A finger on a lane means its connection. Whoever has no pointer chooses one of its segments.
  sheet.addEventListener('click', ({ target }) => {
    const end = (target instanceof Element && target.closest('[data-conn]')?.getAttribute('data-conn')) || null;
    if (!end || !run || !several(run.layout)) return;
    const again = forward !== null && endsOf(run.marks.arrows, forward).has(end);
    select(null);
    bring(again ? null : end);
  });

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
    root.classList.toggle('several', several(layout));
    off.hidden = !before;
    ghost.replaceChildren(...(before ? [before(scale, layout)] : []));
    summary.textContent = voice.summary(marks);
    const guests = draft?.(scale, layout);
    drafted.replaceChildren(...(guests ? [guests.node] : []));
    below = guests?.below ?? 0;
    sheet.style.height = `${layout.height + below}px`;
    for (const pill of flying.values()) pill.remove();
    flying.clear();
    drawHeads(layout);
    shownBefore = -Infinity;
    undrawn = true;
    if (hits.contains(document.activeElement)) redraw();
    else {
      hits.replaceChildren();
      setTimeout(redraw);
    }
    wake();
  }

  /** A new run is drawn with its first frame, where that stands, or soon if there is none. */
  function redraw() {
    if (!undrawn) return;
    draw(around(top));
    unread = READ_MS;
  }

  /** What to draw when the view begins at a height. @param {number} y @returns {import('./sheet.js').View} */
  function around(y) {
    return run && run.layout.height > WHOLE ? { top: y - AROUND, bottom: y + height + AROUND } : EVERYTHING;
  }

  /** The view begins at this height: draw what is there, unless it is drawn. @param {number} y */
  function look(y) {
    if ((y < drawn.top + AROUND / 4 && drawn.top > 0) || (run && y + height > drawn.bottom - AROUND / 4 && drawn.bottom < run.layout.height)) draw(around(y));
  }

  /** @param {import('./sheet.js').View} view */
  function draw(view) {
    if (!run) return;
    const { marks, scale, layout } = run;
    drawn = view;
    undrawn = false;
    const held = Number(hits.contains(document.activeElement) && document.activeElement?.getAttribute('data-seg'));
    const drawing = drawSheet(marks, scale, layout, view, wideLanes());
    past.replaceChildren(drawing);
    inner.replaceChildren(drawing.cloneNode(true));
    lacking = true;
    const words = drawTexts(marks, scale, layout, view);
    texts.replaceChildren(words.drawing);
    turns = words.turns;
    turned = 0;
    turn(shownBefore);
    setAside();
    paintMark();
    if (held) hitOf(held)?.focus({ preventScroll: true });
    else setTimeout(touchable, PAINTED_MS);
  }

  /** What can be touched is made after the picture has been painted, or as soon as something asks for it. */
  function touchable() {
    redraw();
    if (!run || !lacking) return;
    lacking = false;
    hits.replaceChildren(hitsOf(run.marks, run.scale, run.layout, voice, { select, fate }, drawn, stop));
    paintMark();
  }

  /** The connection of this end stands out, or none does. @param {string | null} end */
  function bring(end) {
    if (forward === end) return;
    forward = end;
    if (!run || undrawn || !several(run.layout)) return;
    const { marks, scale, layout } = run;
    for (const layer of [past, inner]) layer.querySelector('.bands')?.replaceChildren(...drawBands(marks, scale, layout, drawn, wideLanes()));
    setAside();
  }

  /** Of each host, the lane of the connection that stands out. @returns {Record<string, number>} */
  function wideLanes() {
    if (!run || !forward) return {};
    const ends = endsOf(run.marks.arrows, forward);
    return Object.fromEntries(run.marks.bands.filter((band) => ends.has(`${band.host} ${band.conn}`)).map((band) => [band.host, band.lane]));
  }

  /** What belongs to the other connections is pale. */
  function setAside() {
    if (!run || !several(run.layout)) return;
    const ends = forward && endsOf(run.marks.arrows, forward);
    const own = ends && new Set(run.marks.arrows.filter((a) => ends.has(`${a.from} ${a.conn}`)).map((a) => String(a.seg)));
    for (const node of root.querySelectorAll('[data-conn]')) node.classList.toggle('aside', !!ends && !ends.has(node.getAttribute('data-conn') ?? ''));
    for (const node of root.querySelectorAll('.arrow, .text[data-seg]')) node.classList.toggle('aside', !!own && !own.has(node.getAttribute('data-seg') ?? ''));
  }

  function paintMark() {
    for (const node of root.querySelectorAll('.selected')) node.classList.remove('selected');
    if (marked !== null) for (const node of root.querySelectorAll(`[data-seg="${marked}"]`)) node.classList.add('selected');
  }

  /** @param {number} seg @returns {SVGElement | null} */
  const hitOf = (seg) => (touchable(), hits.querySelector(`.seg[data-seg="${seg}"]`));

  /** Tab leads to this segment from now on. It is drawn if it was not. @param {number} seg */
  function stopAt(seg) {
    const arrow = run && arrowOf(run.marks, seg);
    stop = seg;
    if (run && arrow && !hitOf(seg)) draw(around(run.scale.y(arrow.sent) - height / 2));
    for (const node of hits.querySelectorAll('.seg[tabindex="0"]')) node.setAttribute('tabindex', '-1');
    const hit = hitOf(seg);
    hit?.setAttribute('tabindex', '0');
    return hit;
  }

  /** @param {Layout} layout */
  function drawHeads(layout) {
    heads = {};
    head.replaceChildren(...layout.heads.map(({ host, x, w }) => {
      const chip = html('span', { class: 'chip' });
      const left = html('span', { class: 'left' });
      const bar = html('span', { class: 'left-bar' });
      const box = html('div', { class: 'host' },
        html('span', { class: 'host-name' }, voice.host(host)), html('span', { class: 'host-addr' }, voice.address(host)),
        chip, html('span', { class: 'left-track' }, bar, left));
      box.style.width = `${w}px`;
      box.classList.toggle('narrow', w < 176);
      box.classList.toggle('tight', w < 120);
      move(box, x, 0);
      heads[host] = { chip, left, bar, state: '', said: '' };
      return box;
    }));
  }

  /**
   * Put the picture at `shown` and the words at `t`.
   * @param {number} shown @param {number} t @param {number} ms since the frame before @param {boolean} travels whether it is played, and moves as it is
   * @returns {boolean} whether it goes on moving although the playhead rests
   */
  function frame(shown, t, ms, travels) {
    if (!run) return false;
    const { scale, events, layout } = run;
    const y = scale.y(shown);
    // First, while the page is as the browser left it: setting a scroll position lays out whatever has been touched before.
    const moves = keepInView(y, ms, layout);
    redraw();
    if (following) look(top);
    move(future, 0, y);
    move(inner, 0, -y);
    move(line, 0, y);
    move(clockBox, 0, y);
    const world = stateAt(events, shown);
    drawPills(world.flying, shown, y);
    // Whoever steps or scrubs reads the state at once.
    for (const host in landing) if ((landing[host] -= ms) <= 0 || !travels) delete landing[host];
    // After a new drawing nothing has landed: it was there before.
    if (ms > 0 && shownBefore > -Infinity && shown > shownBefore) pulse(shownBefore, shown, travels);
    shownBefore = shown;
    drawStates(t === shown ? world : stateAt(events, t), Math.max(0, t));
    unread += ms;
    if (ms > 0 && shown === t && unread < READ_MS) return true;
    unread = 0;
    turn(shown);
    const label = voice.clock(Math.max(0, t));
    if (clock.textContent !== label) clock.textContent = label;
    return moves || Object.keys(landing).length > 0;
  }

  /** Texts turn at their instant: only those between the last frame and this one are touched. @param {number} at */
  function turn(at) {
    while (turned < turns.length && turns[turned].at <= at) turns[turned++].node.classList.add('told');
    while (turned > 0 && turns[turned - 1].at > at) turns[--turned].node.classList.remove('told');
  }

  /** @param {number} y @param {number} ms @param {Layout} layout */
  function keepInView(y, ms, layout) {
    if (!following || !height) return false;
    const last = Math.max(0, layout.height + below - height);
    // At the end of the run all that goes on below it is to be seen.
    const goal = below && run && y >= run.scale.height ? last : Math.min(Math.max(0, y - FOLLOW * height), last);
    // Ease toward it: a jump of the page would lose the eye. Far away it closes most of the distance in a fifth of a second.
    const next = ms > 0 ? top + (goal - top) * Math.min(1, ms / 90) : goal;
    const rest = Math.abs(goal - next) < 0.5;
    top = rest ? goal : next;
    const whole = Math.round(top);
    if (whole !== scrolled) scroll.scrollTop = scrolled = whole;
    return !rest;
  }

  /**
   * Pills come and go without the page being laid out: one that has landed waits outside the sheet for the next of its kind.
   * @param {Map<number, number>} segs @param {number} at @param {number} y the height of that instant
   */
  function drawPills(segs, at, y) {
    const { marks, layout } = /** @type {NonNullable<typeof run>} */ (run);
    // At the ends of its way a pill stays between the lifelines, where it hides no note.
    const [left, right] = [layout.x[marks.hosts[0]] - 4, layout.x[marks.hosts[marks.hosts.length - 1]] + 4];
    for (const [seg, pill] of flying) {
      if (segs.has(seg)) continue;
      move(pill, -999, -999);
      landed.get(pill.dataset.look ?? '')?.push(pill);
      flying.delete(seg);
    }
    for (const seg of segs.keys()) {
      const arrow = arrowOf(marks, seg);
      if (!arrow) continue;
      let pill = flying.get(seg);
      if (!pill) flying.set(seg, (pill = pillOf(arrow)));
      const half = halves.get(arrow.flags) ?? 0;
      move(pill, Math.min(Math.max(acrossAt(arrow, layout, placeAt(arrow, at)), left + half), right - half), y + belowOf(arrow));
    }
  }

  /** @param {Arrow} arrow */
  function pillOf(arrow) {
    const look = `${arrow.kind} ${arrow.flags} ${arrow.copy}`;
    if (!halves.has(arrow.flags)) halves.set(arrow.flags, Math.max(23, voice.width(arrow.flags, 'small') / 2 + 9));
    const free = landed.get(look);
    const waiting = free?.pop();
    if (waiting) return waiting;
    if (!free) landed.set(look, []);
    const pill = html('div', { class: 'pill', 'data-look': look, 'data-kind': arrow.kind, 'data-copy': arrow.copy }, html('span', {}, arrow.flags));
    pills.append(pill);
    return pill;
  }

  /** A ring where a segment lands: it says which end has just learned something. @param {number} from @param {number} to @param {boolean} waits whether its chip waits for the ring */
  function pulse(from, to, waits) {
    const { marks, scale, layout } = /** @type {NonNullable<typeof run>} */ (run);
    for (const arrow of marks.arrows) {
      if (arrow.sent > to) break;
      if (arrow.fate !== 'arrived' || arrow.end === null || arrow.end <= from || arrow.end > to || placeAt(arrow, arrow.end) < 1) continue;
      const ring = rings.length < RINGS ? pills.appendChild(html('div', { class: 'pulse' }, html('span'))) : /** @type {HTMLElement} */ (rings.shift());
      rings.push(ring);
      const { x, y } = pointOn(arrow, arrow.end, scale, layout);
      move(ring, x, y);
      if (waits) landing[arrow.to] = LANDS_MS;
      ring.firstElementChild?.animate([{ transform: 'scale(.3)', opacity: 0.95 }, { transform: 'scale(1.15)', opacity: 0 }], { duration: 420, easing: 'ease-out' });
    }
  }

  /** @param {import('./types').World} world @param {number} t */
  function drawStates(world, t) {
    for (const host in heads) {
      const view = heads[host];
      const now = world.hosts[host];
      const state = now?.state ?? '';
      if (state !== view.state && !landing[host]) {
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
      marked = seg;
      const chosen = run && seg !== null ? arrowOf(run.marks, seg) : undefined;
      bring(chosen ? `${chosen.from} ${chosen.conn}` : null);
      // Where one has been is where Tab leads back to, selected or not.
      const hit = seg === null ? null : stopAt(seg);
      paintMark();
      if (focus) hit?.focus({ preventScroll: true });
    },
    /** Give a segment the keyboard's focus, or the one that Tab would lead to. @param {number} [seg] */
    focus(seg) {
      touchable();
      const hit = (seg === undefined ? null : stopAt(seg)) ?? hits.querySelector('.seg[tabindex="0"]');
      /** @type {SVGElement | null} */ (hit)?.focus({ preventScroll: true });
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
    /** A guest draws on the sheet, or no longer. @param {import('./types').Draft | null} drawing */
    draft(drawing) {
      if (!draft && !drawing) return;
      draft = drawing;
      if (run) show(run.events, run.marks, run.scale, run.before);
    },
    /** What of the sheet can be seen. */
    view: () => ({ top: scroll.scrollTop, bottom: scroll.scrollTop + height }),
    get sheet() { return sheet; },
    get layout() { return run?.layout ?? null; },
  };
}

/** Whether a host has more than one connection at once. @param {Layout} layout */
const several = (layout) => Object.values(layout.lanes).some((count) => count > 1);

/** @type {WeakMap<Marks, Map<number, Arrow>>} */
const indexes = new WeakMap();

/** @param {Marks} marks @param {number} seg */
export function arrowOf(marks, seg) {
  let index = indexes.get(marks);
  if (!index) indexes.set(marks, (index = new Map(marks.arrows.map((arrow) => [arrow.seg, arrow]))));
  return index.get(seg);
}
