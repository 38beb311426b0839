/**
 * sheet.js: the marks as SVG, from the first instant to the last.
 */

import { polyline, svg, zigzag } from './svg.js';
import { LEGIBLE, LINE, alongOf, lanesOf, pointOn, routeOf } from './layout.js';

/**
 * @typedef {import('./types').Marks} Marks @typedef {import('./types').Scale} Scale @typedef {import('./types').Layout} Layout
 * @typedef {import('./types').Arrow} Arrow @typedef {import('./voice.js').Voice} Voice
 */

const TAIL = 26;

/** @typedef {{top: number, bottom: number}} View a stretch of the sheet, in its pixels */
/** @type {View} */
export const EVERYTHING = { top: -Infinity, bottom: Infinity };

/** @param {View} view @param {number} from @param {number} [to] */
const sees = (view, from, to = from) => to >= view.top && from <= view.bottom;

/** Where a segment is drawn, from its sending to its end. @param {Arrow} arrow @param {Scale} scale */
const reach = (arrow, scale) => /** @type {const} */ ([scale.y(arrow.path[0].at) - 20, scale.y(arrow.path[arrow.path.length - 1].at) + 40]);

/** The segments of which something is in view. @param {Marks} marks @param {Scale} scale @param {View} view */
const inView = (marks, scale, view) => (view === EVERYTHING ? marks.arrows : marks.arrows.filter((arrow) => sees(view, ...reach(arrow, scale))));

/**
 * The lines and shapes, all of them or those that can be seen from somewhere.
 * @param {Marks} marks @param {Scale} scale @param {Layout} layout @param {View} [view] @param {Record<string, number>} [wide] as of `drawBands`
 * @returns {SVGElement}
 */
export function drawSheet(marks, scale, layout, view = EVERYTHING, wide = {}) {
  return svg('svg', { class: 'drawing', width: layout.width, height: layout.height, viewBox: `0 0 ${layout.width} ${layout.height}` },
    svg('g', { class: 'rules' }, ...rules(layout, view)),
    svg('g', { class: 'bands' }, ...drawBands(marks, scale, layout, view, wide)),
    svg('g', { class: 'folds' }, ...folds(scale, layout, view)),
    svg('g', { class: 'brackets' }, ...brackets(marks, scale, layout, view)),
    svg('g', { class: 'weather' }, ...weatherLines(marks, scale, layout)),
    svg('g', { class: 'arrows' }, ...inView(marks, scale, view).map((arrow) => drawArrow(arrow, marks, scale, layout))),
  );
}

/**
 * Everything that is to be read, each text to turn from pale to full at its own instant.
 * @param {Marks} marks @param {Scale} scale @param {Layout} layout @param {View} [view]
 * @returns {{drawing: SVGElement, turns: {at: number, node: Element}[]}} the texts in the order in which they turn
 */
export function drawTexts(marks, scale, layout, view = EVERYTHING) {
  const notes = layout.notes.filter((note) => sees(view, note.y, note.y + note.h)).map((note) => drawNote(note, layout));
  const arrows = inView(marks, scale, view);
  const turns = [...ticks(layout, view), ...notes, ...silences(layout, view), ...labels(arrows, layout), ...weatherTags(marks, layout), ...crosses(arrows, scale, layout)];
  const drawing = svg('svg', { class: 'drawing', width: layout.width, height: layout.height }, ...turns.map(({ node }) => node));
  return { drawing, turns: turns.sort((a, b) => a.at - b.at) };
}

/** @param {Layout} layout @param {View} view */
function rules(layout, view) {
  if (layout.compact) return [];
  const right = Math.max(...Object.values(layout.x));
  return layout.ticks.filter((tick) => sees(view, tick.y)).map((tick) => svg('path', { class: 'rule', d: `M${layout.gutter} ${tick.y}H${right}` }));
}

/** @param {Layout} layout @param {View} view */
function ticks(layout, view) {
  const text = (/** @type {string} */ name) => (/** @type {{at: number, y: number, text: string}} */ { at, y, text }) => ({
    at, node: svg('text', { class: name, x: layout.compact ? 3 : layout.gutter - 8, y: y + 4, 'text-anchor': layout.compact ? 'start' : 'end' }, text),
  });
  const seen = (/** @type {{y: number}} */ { y }) => sees(view, y);
  return [...layout.ticks.filter(seen).map(text('tick')), ...layout.deltas.filter(seen).map(text('tick delta'))];
}

/**
 * The states of each end, side by side where it has several connections at once.
 * @param {Marks} marks @param {Scale} scale @param {Layout} layout @param {View} view
 * @param {Record<string, number>} wide of each host, the lane that is to have room for words if not all of them have
 */
export function drawBands(marks, scale, layout, view, wide) {
  const lanes = Object.fromEntries(marks.hosts.map((host) => [host, lanesOf(layout, host, wide[host])]));
  return marks.bands.flatMap((band) => {
    const y0 = band.preset ? 6 : scale.y(band.from);
    const closed = band.to === null && band.state === 'CLOSED';
    const y1 = band.to !== null ? scale.y(band.to) : Math.min(closed ? y0 + TAIL : Infinity, layout.height - 14);
    if (!sees(view, y0, y1)) return [];
    const { x, w } = lanes[band.host][band.lane];
    const gap = layout.lanes[band.host] > 1 ? Math.min(1.5, w / 4) : 0;
    const group = svg('g', { 'data-conn': `${band.host} ${band.conn}` },
      svg('rect', { x: layout.x[band.host] + x, y: y0, width: w - gap, height: Math.max(3, y1 - y0 - 1), rx: Math.min(3, w / 4), class: 'band', 'data-state': band.state }));
    if (!layout.inner.has(band.host) || w < LEGIBLE) return [group];
    // Beside the lifelines of a narrow page is no room, but along them there is. What hangs below the letters stays on the band.
    const size = w < 15 ? 10 : 11;
    const foot = layout.x[band.host] + x + Math.min((w - gap) / 2 + size * 0.34, w - gap - size * 0.27);
    group.append(...alongOf(y0, y1, band.state.length * size * 0.3 + 2, scale.folds).map((y) =>
      svg('text', { class: 'along', 'font-size': size, transform: `translate(${foot.toFixed(1)} ${y.toFixed(1)}) rotate(-90)`, 'text-anchor': 'middle' }, band.state)));
    return [group];
  });
}

/** @param {Scale} scale @param {Layout} layout @param {View} view */
function folds(scale, layout, view) {
  const ends = Object.entries(layout.x).map(([host, x]) => ({ x, half: layout.band[host] / 2 })).sort((a, b) => a.x - b.x);
  const [left, right] = [ends[0].x - ends[0].half - 7, ends[ends.length - 1].x + ends[ends.length - 1].half + 7];
  return scale.folds.filter((fold) => sees(view, fold.y0, fold.y1)).map((fold) => {
    const hatch = [];
    for (let y = fold.y0 + 9; y < fold.y1 - 5; y += 9) for (let i = 1; i < ends.length; i++) hatch.push(`M${ends[i - 1].x + ends[i - 1].half + 6} ${y.toFixed(1)}H${ends[i].x - ends[i].half - 6}`);
    const edges = zigzag(left, right, fold.y0) + zigzag(left, right, fold.y1);
    return svg('g', { class: 'fold' },
      svg('path', { class: 'hatch', d: hatch.join('') }),
      svg('path', { class: 'cut', d: edges }),
      svg('path', { class: 'edge', d: edges }));
  });
}

/** @param {Marks} marks @param {Scale} scale @param {Layout} layout @param {View} view */
function brackets(marks, scale, layout, view) {
  return marks.brackets.filter((b) => b.to !== b.from).map((b) => {
    const way = b.host === marks.hosts[0] ? -1 : 1;
    const x = layout.x[b.host] + way * (layout.band[b.host] / 2 + 6 + b.lane * layout.pitch[b.host]);
    const y0 = scale.y(b.from) + 2;
    const y1 = (b.to === null ? Math.min(scale.y(b.due), layout.height - 8) : scale.y(b.to)) - 2;
    if (!sees(view, y0, y1)) return '';
    const shaft = svg('path', { d: b.again ? `M${x} ${y0 + 6}V${y1}` : `M${x - way * 4} ${y0}H${x}V${y1}` });
    return svg('g', { class: 'bracket', 'data-timer': b.timer }, drained(b, x, way * (layout.pitch[b.host] - 2), scale, y1), b.again && loop(x, y0 - 2), shaft, ...foot(b.end, x, y1));
  });
}

/** What is left of a timer, as a wedge that runs dry at its expiry: one that starts over is full again. @param {import('./types').Bracket} b @param {number} x @param {number} wide when it is full, below 0 to the left @param {Scale} scale @param {number} bottom */
function drained(b, x, wide, scale, bottom) {
  const until = b.to ?? b.due;
  if (b.due <= b.from) return null;
  const points = [b.from, ...scale.bends.filter((t) => t > b.from && t < until), until]
    .map((t) => ({ x: x + (wide * (b.due - t)) / (b.due - b.from), y: Math.min(scale.y(t), bottom) }));
  return svg('path', { class: 'left-of-it', d: `${polyline(points)}H${x}V${points[0].y.toFixed(1)}Z` });
}

/** How a timer ended: cancelled is a bar, fired a filled point. @param {string} end @param {number} x @param {number} y */
function foot(end, x, y) {
  if (end === 'stop') return [svg('path', { class: 'foot', d: `M${x - 5} ${y}H${x + 5}` })];
  return end === 'fire' ? [svg('circle', { class: 'foot fire', cx: x, cy: y, r: 3.5 })] : [];
}

/** A timer that starts over. @param {number} x @param {number} y */
function loop(x, y) {
  return svg('g', {}, svg('circle', { class: 'again-disc', cx: x, cy: y, r: 9 }),
    svg('path', { class: 'again-loop', d: `M${x + 4.6} ${y - 2.8}A5.4 5.4 0 1 0 ${x + 5.2} ${y + 1.6}M${x + 5.4} ${y - 6.4}V${y - 2.2}H${x + 1.2}` }));
}

/** @param {Marks} marks @param {Scale} scale @param {Layout} layout */
function weatherLines(marks, scale, layout) {
  const [left, right] = [layout.x[marks.hosts[0]], layout.x[marks.hosts[marks.hosts.length - 1]]];
  return marks.weather.filter((w) => w.at > 0).map((w) => svg('path', { d: `M${left + 8} ${scale.y(w.at)}H${right - 8}` }));
}

/** @param {Arrow} arrow @param {Marks} marks @param {Scale} scale @param {Layout} layout */
function drawArrow(arrow, marks, scale, layout) {
  const gone = arrow.fate === 'lost' || arrow.fate === 'expired';
  const route = routeOf(arrow, scale, layout, gone ? arrow.end ?? undefined : undefined);
  const whole = routeOf(arrow, scale, layout);
  const tip = whole[whole.length - 1];
  const before = whole[whole.length - 2] ?? tip;
  const group = svg('g', { class: 'arrow', 'data-forged': arrow.forged, 'data-kind': arrow.kind, 'data-fate': arrow.fate, 'data-seg': arrow.seg, 'data-retry': arrow.retry > 0 });
  group.append(retryLink(arrow, marks, scale, layout) ?? '');
  if (gone) group.append(svg('path', { class: 'ghost', d: polyline(whole.filter((p) => p.at >= (arrow.end ?? 0))) }));
  for (const [folded, d] of stretches(route, scale)) {
    group.append(svg('path', { class: folded ? 'shaft folded' : 'shaft', d }));
    if (arrow.copy && !folded) group.append(svg('path', { class: 'shaft-core', d }));
  }
  if (!gone) group.append(head(arrow.kind, before, tip));
  // The receiver refuses it: it comes to a gate, and no further.
  if (!gone && arrow.ignored) group.append(svg('path', { class: 'gate', d: `M${tip.x - 2 * Math.sign(tip.x - before.x)} ${tip.y - 9}v18` }));
  const wait = arrow.path.length > 2 ? pointOn(arrow, (arrow.path[1].at + arrow.path[2].at) / 2, scale, layout) : null;
  if (wait) {
    group.append(svg('circle', { class: 'clock-face', cx: wait.x, cy: wait.y, r: 8 }), svg('path', { class: 'clock-hand', d: `M${wait.x} ${wait.y - 5}V${wait.y}H${wait.x + 4}` }));
  }
  return group;
}

/**
 * A route in pieces: outside the folds and inside them.
 * @param {{x: number, y: number, at: number}[]} route @param {Scale} scale @returns {[boolean, string][]}
 */
function stretches(route, scale) {
  /** @type {[boolean, {x: number, y: number}[]][]} */
  const pieces = [];
  for (let i = 1; i < route.length; i++) {
    const middle = (route[i - 1].at + route[i].at) / 2;
    const folded = scale.folds.some((f) => middle > f.from && middle < f.to);
    const last = pieces[pieces.length - 1];
    if (last?.[0] === folded) last[1].push(route[i]);
    else pieces.push([folded, [route[i - 1], route[i]]]);
  }
  return pieces.map(([folded, points]) => [folded, polyline(points)]);
}

/** The strokes of each head, pointing to the right with the tip at 0, 0. A closed one ends where it began. @type {Record<string, [number, number][][]>} */
const HEADS = {
  FIN: [[[0, 0], [-11, -5], [-11, 5], [0, 0]]],
  SYN: [[[0, 0], [-10, -5], [-10, 5], [0, 0]], [[-13, -5], [-13, 5]]],
  data: [[[0, 0], [-9, -4.5], [-9, 4.5], [0, 0]], [[-7, 0], [-16, -4.5], [-16, 4.5], [-7, 0]]],
  RST: [[[-1, -7], [-1, 7]], [[-1, 0], [-10, -5], [-10, 5], [-1, 0]]],
  ACK: [[[-9, -4.5], [0, 0], [-9, 4.5]]],
};

/**
 * Turned and moved here and not by a `transform`: each of those is one more thing for the browser to keep apart in every frame.
 * @param {string} kind @param {{x: number, y: number}} from @param {{x: number, y: number}} tip
 */
function head(kind, from, tip) {
  const long = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const [cos, sin] = [(tip.x - from.x) / long, (tip.y - from.y) / long];
  const strokes = (HEADS[kind] ?? HEADS.ACK).map((points) => polyline(points.map(([x, y]) => ({ x: tip.x + x * cos - y * sin, y: tip.y + x * sin + y * cos }))));
  return svg('path', { class: 'head', d: strokes.join('') });
}

/** A thin line from the segment that is repeated to the one that repeats it. @param {Arrow} arrow @param {Marks} marks @param {Scale} scale @param {Layout} layout */
function retryLink(arrow, marks, scale, layout) {
  if (!arrow.retry) return null;
  const original = marks.arrows.find((a) => a.seg === arrow.of);
  if (!original) return null;
  const previous = marks.arrows.filter((a) => (a.of === arrow.of || a === original) && !a.copy && a.sentN < arrow.sentN).pop() ?? original;
  const way = arrow.from === marks.hosts[0] ? 1 : -1;
  const x = layout.x[arrow.from] + way * (layout.band[arrow.from] / 2 + 2);
  const [y0, y1] = [scale.y(previous.sent) + 6, scale.y(arrow.sent) - 4];
  return svg('path', { class: 'again', d: `M${x} ${y0}C${x + way * 30} ${y0 + 30} ${x + way * 30} ${y1 - 30} ${x} ${y1}` });
}

/** @param {Layout['notes'][number]} note @param {Layout} layout */
function drawNote(note, layout) {
  const left = note.x < layout.x[note.host];
  const x = left ? note.x + note.w : note.x;
  const group = svg('g', { class: 'note text' }, halo({ x: note.x - 3, y: note.y + 1, w: note.w + 6, h: note.h - 2 }));
  const pushed = note.y + LINE / 2 - note.anchor;
  if (pushed > 6) {
    const edge = left ? x + 3 : x - 3;
    const stem = layout.x[note.host] + (left ? -1 : 1) * (layout.band[note.host] / 2 + 1);
    group.append(svg('path', { class: 'leader', d: `M${stem} ${note.anchor}L${edge} ${note.y + LINE / 2}` }));
  }
  note.lines.forEach((line, i) => {
    const attributes = { class: `note-${line.note.kind}`, 'data-state': line.note.state, x, y: note.y + i * LINE + 12, 'text-anchor': left ? 'end' : 'start' };
    group.append(svg('text', attributes, line.text));
  });
  return { at: note.lines[0].note.preset ? -Infinity : note.at, node: group };
}

/** @param {Arrow[]} arrows @param {Layout} layout */
function labels(arrows, layout) {
  /** @type {{at: number, node: Element}[]} */
  const out = [];
  for (const arrow of arrows) {
    const label = layout.labels.get(arrow.seg);
    if (label) {
      const text = svg('text', { class: 'label', x: label.cx, y: label.cy + 4.2, 'text-anchor': 'middle' }, svg('tspan', { class: 'flags' }, label.text));
      if (label.detail) text.append(svg('tspan', { class: 'detail', dx: 6 }, label.detail));
      out.push({ at: label.at, node: svg('g', { class: 'text', 'data-kind': arrow.kind, 'data-seg': arrow.seg }, halo(label), text) });
    }
    for (const name of [`${arrow.seg}`, `refused ${arrow.seg}`]) {
      const tag = layout.tags.get(name);
      if (tag) out.push(tagText(arrow.end ?? 0, tag));
    }
  }
  return out;
}

/** @param {Marks} marks @param {Layout} layout */
function weatherTags(marks, layout) {
  return marks.weather.flatMap((w) => {
    const tag = layout.tags.get(`weather ${w.n}`);
    return tag ? [tagText(w.at, tag)] : [];
  });
}

/** Where segments were lost. It stays, and no label may cover it. @param {Arrow[]} arrows @param {Scale} scale @param {Layout} layout */
function crosses(arrows, scale, layout) {
  return arrows.filter((arrow) => arrow.end !== null && arrow.fate !== 'arrived').map((arrow) => {
    const at = arrow.end ?? 0;
    const { x, y } = pointOn(arrow, at, scale, layout);
    return { at, node: svg('path', { class: 'cross text', d: `M${x - 6} ${y - 6}L${x + 6} ${y + 6}M${x + 6} ${y - 6}L${x - 6} ${y + 6}` }) };
  });
}

/** @param {number} at @param {import('./types').Box & {text: string, kind: string}} tag */
function tagText(at, tag) {
  return { at, node: svg('g', { class: 'text' }, halo(tag), svg('text', { class: `tag-${tag.kind}`, x: tag.x + tag.w / 2, y: tag.y + 12, 'text-anchor': 'middle' }, tag.text)) };
}

/** @param {import('./types').Box} box */
function halo(box) {
  return svg('rect', { class: 'halo', x: box.x, y: box.y, width: box.w, height: box.h, rx: 4 });
}

/** @param {Layout} layout @param {View} view */
function silences(layout, view) {
  return layout.silences.filter((box) => sees(view, box.y, box.y + box.h)).map(({ at, text, x, y, w, h }) => ({
    at, node: svg('g', { class: 'silence text' },
      svg('rect', { x, y, width: w, height: h, rx: h / 2 }),
      svg('text', { x: x + w / 2, y: y + h / 2 + 4.3, 'text-anchor': 'middle' }, text)),
  }));
}

/**
 * @param {Marks} marks @param {Scale} scale @param {Layout} layout @param {Voice} voice
 * @param {{select(seg: number | null): void, fate(seg: number): void}} deeds
 * @param {View} view @param {number | null} stop the segment that Tab leads to, in view or not
 */
export function hitsOf(marks, scale, layout, voice, deeds, view, stop) {
  const layer = svg('svg', { class: 'hit-layer', width: layout.width, height: layout.height, role: 'group', 'aria-label': voice.ui('segments') });
  const shown = marks.arrows.filter((arrow) => arrow.seg === stop || sees(view, ...reach(arrow, scale)));
  const first = shown.some((arrow) => arrow.seg === stop) ? stop : shown[0]?.seg;
  shown.forEach((arrow) => {
    const route = polyline(routeOf(arrow, scale, layout));
    const name = voice.segment(arrow);
    const group = svg('g', { class: 'seg', 'data-seg': arrow.seg, 'data-fate': arrow.fate, role: 'button', tabindex: arrow.seg === first ? 0 : -1, 'aria-label': name, 'aria-pressed': arrow.fate === 'lost' },
      svg('path', { class: 'grip', d: route }));
    const label = layout.labels.get(arrow.seg);
    if (label) group.append(svg('rect', { class: 'grip-label', x: label.x, y: label.y - 4, width: label.w, height: label.h + 8, rx: 5 }));
    const place = layout.fates.get(arrow.seg);
    if (place) group.append(fateKnob(arrow, place, voice));
    layer.append(group);
  });
  layer.addEventListener('click', ({ target }) => {
    const on = target instanceof Element ? target : null;
    const seg = Number(on?.closest('.seg')?.getAttribute('data-seg') ?? NaN);
    if (!Number.isNaN(seg)) (on?.closest('.fate') ? deeds.fate : deeds.select)(seg);
  });
  return layer;
}

/** The round button at the place of loss: one click loses the segment, or delivers a lost one. @param {Arrow} arrow @param {import('./types').FateButton} place @param {Voice} voice */
function fateKnob(arrow, { x, y, tight }, voice) {
  const lost = arrow.fate === 'lost';
  const sign = lost ? [[[-5, 1], [-1.5, 4.5], [5, -4]]] : [[[-4, -4], [4, 4]], [[4, -4], [-4, 4]]];
  return svg('g', { class: tight ? 'fate tight' : 'fate' },
    svg('title', {}, voice.fateOf(arrow)),
    svg('circle', { class: 'fate-reach', cx: x, cy: y, r: 20 }),
    svg('circle', { class: 'fate-disc', cx: x, cy: y, r: 11 }),
    svg('path', { class: 'fate-sign', d: sign.map((points) => polyline(points.map(([dx, dy]) => ({ x: x + dx, y: y + dy })))).join('') }));
}
