/**
 * layout.js: where every mark goes on the page, so that nothing covers anything else.
 */

import { placeAt } from './marks.js';

/**
 * @typedef {import('./types').Marks} Marks @typedef {import('./types').Scale} Scale @typedef {import('./types').Layout} Layout
 * @typedef {import('./types').Box} Box @typedef {import('./types').Arrow} Arrow @typedef {import('./types').Note} Note
 * @typedef {{x: number, y: number}} Point
 * @typedef {import('./types').Texts} Texts
 */

export const LINE = 16;
const CHIP = 24;
const COMPACT = 480;
/** Segments that leave together would lie on one line. */
const BESIDE = 6;
/** Between the brackets of a host's timers, unless they are many. */
const PITCH = 8;
/** Where along its way a segment is lost (rulings 3), and so where the button sits that loses it, or near it. */
const LOSS = [0.6, 0.67, 0.53, 0.74, 0.46, 0.81, 0.39, 0.32, 0.88, 0.25];
const BUTTON = 11;
const HEAD_HALF = 92;
/** Of a band, or of each of those that run side by side: enough to write its state along it. All of them get no more than BANDS. */
const BAND = 18;
const LANE = 14;
/** Along a band that is narrower nothing can be written. */
export const LEGIBLE = 12;
const BANDS = 72;
/** Of a band with its state written beside it. */
const THIN = 4;
/** From one writing of a state along its band to the next. */
const ALONG = 190;
const SHARES = [1 / 3, 0.28, 0.4, 0.23, 0.47, 0.54, 0.62, 0.7];

/**
 * @param {Marks} marks @param {Scale} scale @param {number} width @param {Texts} texts
 * @returns {Layout}
 */
export function layoutOf(marks, scale, width, texts) {
  const compact = width < COMPACT;
  const { hosts } = marks;
  const gutter = compact ? 0 : 66;
  const column = Math.min(170, Math.max(132, width * 0.18));
  const two = hosts.length < 3;
  const inner = new Set(compact ? hosts : hosts.slice(1, -1));
  const lanes = Object.fromEntries(hosts.map((host) => [host, 1 + Math.max(0, ...marks.bands.filter((b) => b.host === host).map((b) => b.lane))]));
  // What is written beside a lifeline need not be written along it.
  const alone = compact || !two || Math.max(...Object.values(lanes)) > 1 ? BAND : 12;
  const band = Object.fromEntries(hosts.map((host) => [host, lanes[host] > 1 ? Math.max(alone, Math.min((inner.has(host) ? LANE : THIN) * lanes[host], BANDS)) : alone]));
  const timers = Object.fromEntries(hosts.map((host) => [host, 1 + Math.max(0, ...marks.brackets.filter((b) => b.host === host).map((b) => b.lane))]));
  const pitch = Object.fromEntries(hosts.map((host) => [host, Math.min(PITCH, (compact ? 3 : 6) * PITCH / timers[host])]));
  // The timers of many connections take room beside the lifelines, and the notes still want theirs.
  const beside = (/** @type {string} */ host) => Math.max(column, timers[host] > 3 ? 126 + pitch[host] * timers[host] : 0);
  // On a narrow page the times stand to the left of the first host's timers, and want as much room as they take.
  const half = (/** @type {string} */ host) => band[host] / 2 + pitch[host] * timers[host];
  const last = hosts[hosts.length - 1];
  const [left, right] = compact ? [Math.max(two ? width * 0.18 : 0, 51 + half(hosts[0])), Math.min(width * (two ? 0.82 : 0.9), width - 8 - half(last))] : [gutter + beside(hosts[0]), width - beside(last) + 6];
  const gap = (right - left) / Math.max(1, hosts.length - 1);
  const x = Object.fromEntries(hosts.map((host, i) => [host, Math.round(left + i * gap)]));
  /** @type {Layout} */
  const layout = { width, height: scale.height + 64, compact, gutter, x, heads: headsOf(hosts, x, width, compact), band, lanes, pitch, inner, ticks: ticksOf(marks, scale, compact, texts), deltas: [], notes: [], labels: new Map(), tags: new Map(), fates: new Map(), silences: [] };
  if (!compact) layout.deltas = deltasOf(layout.ticks, texts);
  if (!compact) layout.notes = notesOf(marks, scale, layout, texts);
  placeLabels(marks, scale, layout, texts);
  return layout;
}

/**
 * The boxes at the heads of the lifelines, side by side: each in the middle above its line, as far as the page reaches.
 * @param {string[]} hosts @param {Record<string, number>} x @param {number} width @param {boolean} compact
 */
function headsOf(hosts, x, width, compact) {
  const at = hosts.map((host) => x[host]);
  const n = at.length;
  // What does not fit at the edge of the page is pushed inward, toward its neighbour.
  const gaps = at.slice(1).map((line, i) => (line - at[i]) / 2 - 2);
  const inward = n > 1 ? [(at[1] - 6) / 3, (width - 6 - at[n - 2]) / 3] : [];
  const half = Math.min(HEAD_HALF, compact ? width * 0.24 : HEAD_HALF, ...gaps, ...inward);
  return hosts.map((host, i) => ({ host, x: Math.min(Math.max(at[i] - half, 4), width - 2 * half - 4), w: 2 * half }));
}

/**
 * Where a state is written along its band: again and again on a long one, so that some of it is always in view, and not
 * where the edge of a fold would cut it.
 * @param {number} y0 @param {number} y1 @param {number} half of the text's length @param {Scale['folds']} folds
 */
export function alongOf(y0, y1, half, folds) {
  const edges = folds.flatMap((fold) => [fold.y0, fold.y1]).filter((edge) => edge > y0 && edge < y1);
  const fits = (/** @type {number} */ y) => y - half >= y0 && y + half <= y1 && !edges.some((edge) => Math.abs(edge - y) < half + 3);
  const places = [];
  for (let wanted = Math.min((y0 + y1) / 2, y0 + 70); wanted <= y1; wanted += ALONG) {
    const near = [wanted, ...edges.flatMap((edge) => [edge - half - 4, edge + half + 4])].filter((y) => Math.abs(y - wanted) < ALONG / 2 - half && fits(y));
    if (near.length) places.push(near.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a)));
  }
  return places;
}

/**
 * The line that a segment takes across the page, corner by corner, up to an instant.
 * @param {Arrow} arrow @param {Scale} scale @param {Layout} layout @param {number} [until]
 * @returns {(Point & {at: number})[]}
 */
export function routeOf(arrow, scale, layout, until = Infinity) {
  if (arrow.forged) return arrow.path.map(({ at, x }) => ({ ...pointOn(arrow, at, scale, layout, x), at }));
  const first = arrow.path[0].at;
  const last = Math.min(arrow.path[arrow.path.length - 1].at, until);
  const times = new Set([...arrow.path.map((p) => p.at).filter((t) => t <= last), last]);
  for (const bend of scale.bends) if (bend > first && bend < last) times.add(bend);
  return [...times].sort((a, b) => a - b).map((at) => ({ ...pointOn(arrow, at, scale, layout), at }));
}

/** @param {Arrow} arrow @param {number} at @param {Scale} scale @param {Layout} layout @param {number} [share] of the way @returns {Point} */
export function pointOn(arrow, at, scale, layout, share = placeAt(arrow, at)) {
  return { x: acrossAt(arrow, layout, share), y: scale.y(at) + belowOf(arrow) };
}

/** How far down from its instant a segment is drawn that leaves together with others. @param {Arrow} arrow */
export const belowOf = (arrow) => arrow.beside * BESIDE;

/** @param {Arrow} arrow @param {Layout} layout @param {number} share of the way */
export function acrossAt(arrow, layout, share) {
  const [from, to] = [layout.x[arrow.from], layout.x[arrow.to]];
  const way = Math.sign(to - from);
  const start = from + way * (layout.band[arrow.from] / 2 + 1);
  return start + (to - way * (layout.band[arrow.to] / 2 + 1) - start) * share;
}

/** When a segment is this far across. @param {Arrow} arrow @param {number} share */
export function timeAt(arrow, share) {
  const { path } = arrow;
  for (let i = 1; i < path.length; i++) {
    const a = path[i - 1];
    const b = path[i];
    if (b.x > a.x && share <= b.x) return a.at + ((b.at - a.at) * (share - a.x)) / (b.x - a.x);
  }
  return path[path.length - 1].at;
}

/** @param {Marks} marks @param {Scale} scale @param {boolean} compact @param {Texts} texts */
function ticksOf(marks, scale, compact, texts) {
  /** @type {Layout['ticks']} */
  const ticks = [];
  let bottom = -Infinity;
  for (const { at } of marks.instants) {
    const y = scale.y(at);
    const room = y - bottom >= (compact ? 18 : 17);
    if (!room) continue;
    ticks.push({ at, y, text: texts.time(at) });
    bottom = y;
  }
  return ticks;
}

/**
 * Where the lanes of a host's connections are, from its lifeline, and how wide: all alike, unless there are so many that nothing
 * can be written along them. Then one of them can have the room for it.
 * @param {Layout} layout @param {string} host @param {number} [wide] this one
 */
export function lanesOf(layout, host, wide) {
  const count = layout.lanes[host];
  const each = layout.band[host] / count;
  const one = wide === undefined || each >= LEGIBLE || !layout.inner.has(host) ? each : LANE;
  const others = count > 1 ? (layout.band[host] - one) / (count - 1) : one;
  let left = -layout.band[host] / 2;
  return Array.from({ length: count }, (_, lane) => {
    const w = lane === wide ? one : others;
    left += w;
    return { x: left - w, w };
  });
}

/** How long from one written instant to the next, where there is room between them. @param {Layout['ticks']} ticks @param {Texts} texts */
function deltasOf(ticks, texts) {
  return ticks.flatMap(({ at, y }, i) => {
    const before = ticks[i - 1];
    return before && at > before.at && y - before.y >= 34 ? [{ at, y: (y + before.y) / 2, text: `+${texts.roughly(at - before.at)}` }] : [];
  });
}

/** @param {Marks} marks @param {Scale} scale @param {Layout} layout @param {Texts} texts */
function notesOf(marks, scale, layout, texts) {
  /** @type {Layout['notes']} */
  const placed = [];
  for (const host of marks.hosts) {
    if (layout.inner.has(host)) continue;
    const way = host === marks.hosts[0] ? -1 : 1;
    let bottom = -Infinity;
    for (const group of groupsOf(marks.notes.filter((n) => n.host === host), texts)) {
      const first = group[0];
      const beside = layout.band[host] / 2 + lanesAt(marks, host, first.at) * layout.pitch[host];
      const room = (way < 0 ? layout.x[host] - layout.gutter : layout.width - layout.x[host]) - beside - 13;
      const lines = group.flatMap((note) => {
        const wide = (/** @type {string} */ text) => texts.width(text, note.kind === 'state' ? 'label' : 'small');
        return fitted(texts.note(note), room, wide).map((text) => ({ note, text, w: wide(text) }));
      });
      const w = Math.max(...lines.map((line) => line.w));
      const anchor = scale.y(first.at) - (first.preset ? 32 : 0);
      const y = Math.max(anchor - LINE / 2, bottom + 3);
      const edge = layout.x[host] + way * (beside + 10);
      placed.push({ host, at: first.at, n: first.n, anchor, lines: lines.map(({ note, text }) => ({ note, text })), x: way < 0 ? edge - w : edge, y, w, h: lines.length * LINE });
      bottom = y + lines.length * LINE;
    }
  }
  return placed;
}

/**
 * A text in the room that there is: in two lines that are as much alike as its spaces allow, and shortened only where that
 * is not enough, because its end is what tells one from another.
 * @param {string} text @param {number} room @param {(text: string) => number} width
 */
function fitted(text, room, width) {
  if (width(text) <= room) return [text];
  const longer = (/** @type {string[]} */ lines) => Math.max(...lines.map(width));
  const halves = [...text.matchAll(/ /g)].map(({ index }) => [text.slice(0, index), text.slice(index + 1)]);
  return [...halves, [text]].reduce((best, lines) => (longer(lines) < longer(best) ? lines : best)).map((line) => {
    let short = line;
    while (width(short) > room && short.length > 4) short = `${short.slice(0, -2)}…`;
    return short;
  });
}

/**
 * What happens to one host in one instant is written together, connection by connection, what ends above what goes on: the state
 * that lasts, then calls and timers. Timers that are alike are written once.
 * @param {Note[]} notes @param {Texts} texts @returns {Note[][]}
 */
function groupsOf(notes, texts) {
  /** @type {Note[][]} */
  const groups = [];
  for (const note of notes) {
    const group = groups[groups.length - 1];
    if (group && group[0].at === note.at && group[0].preset === note.preset) group.push(note);
    else groups.push([note]);
  }
  return groups.map((group) => {
    // A socket() belongs to no connection yet: where only one changes, all of it is that one's.
    const several = new Set(group.filter((note) => note.kind === 'state').map((note) => note.conn)).size > 1;
    const owner = (/** @type {Note} */ note) => (several ? note.conn : 0);
    const conns = [...new Set(group.map(owner))].map((conn) => {
      const own = group.filter((note) => owner(note) === conn);
      const state = own.findLast((note) => note.kind === 'state');
      return { over: state?.state === 'CLOSED', lines: [...(state ? [state] : []), ...own.filter((n) => n.kind === 'call'), ...own.filter((n) => n.kind === 'timer')] };
    });
    const room = { state: 3, call: 3, timer: Infinity };
    const said = new Set();
    return conns.sort((a, b) => Number(b.over) - Number(a.over)).flatMap((conn) => conn.lines).filter((note) => {
      const text = note.kind === 'timer' ? texts.note(note) : `${note.conn} ${note.text}`;
      return !said.has(text) && said.add(text) && room[note.kind]-- > 0;
    });
  });
}

/** How many brackets run beside a lifeline: the notes keep clear of them. @param {Marks} marks @param {string} host @param {number} at */
function lanesAt(marks, host, at) {
  let lanes = 1;
  for (const b of marks.brackets) if (b.host === host && b.from <= at && b.lane >= lanes) lanes = b.lane + 1;
  return lanes;
}

/** @param {Marks} marks @param {Scale} scale @param {Layout} layout @param {Texts} texts */
function placeLabels(marks, scale, layout, texts) {
  // A label covers no lifeline between its ends.
  const taken = ground();
  for (const host of layout.compact ? marks.hosts : marks.hosts.slice(1, -1)) taken.push({ x: layout.x[host] - layout.band[host] / 2, y: 0, w: layout.band[host], h: layout.height });
  const crosses = ground();
  /** @type {Lines} */
  const lines = rows();
  /** @type {{n: number, place: () => void}[]} */
  const jobs = [];
  for (const arrow of marks.arrows) {
    jobs.push({ n: arrow.sentN, place: () => placeLabel(arrow, scale, layout, texts, taken, crosses, lines) });
    if (arrow.fate === 'lost' || arrow.fate === 'expired') jobs.push({ n: arrow.endN ?? 0, place: () => placeTag(arrow, scale, layout, texts, taken) });
    if (arrow.ignored && arrow.fate === 'arrived') jobs.push({ n: (arrow.endN ?? 0) + 0.5, place: () => placeRefusal(arrow, scale, layout, texts, taken) });
  }
  const [first, last] = [marks.hosts[0], marks.hosts[marks.hosts.length - 1]];
  const middle = (layout.x[first] + layout.x[last]) / 2;
  const half = Math.abs(layout.x[first] - middle) - Math.max(layout.band[first], layout.band[last]) / 2 - 2;
  /** A text across the middle, or as near to it as there is room, or nowhere. @param {string} text @param {number} w @param {number} h @param {number} y */
  const across = (text, w, h, y) => {
    const box = [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5].map((k) => ({ x: middle - w / 2 + k * 40, y: y - h / 2, w, h }))
      .find((b) => Math.abs(b.x + w / 2 - middle) + w / 2 <= half && !taken.hit(b, 1));
    if (box) taken.push(box);
    return box && { ...box, text };
  };
  for (const w of marks.weather) {
    const text = texts.weather(w);
    jobs.push({
      n: w.n,
      place: () => {
        const box = across(text, texts.width(text, 'small') + 12, LINE, scale.y(w.at));
        if (box) layout.tags.set(`weather ${w.n}`, { ...box, kind: 'weather' });
      },
    });
  }
  for (const fold of scale.folds) {
    if (fold.y1 - fold.y0 < CHIP + 2) continue;
    const wide = (/** @type {string} */ text) => texts.width(text, 'plain') + 26;
    const said = texts.silence(fold, layout.compact);
    const text = wide(said) <= 2 * half ? said : texts.roughly(fold.to - fold.since);
    const y = (fold.y0 + fold.y1) / 2;
    // Known when the silence ends: just before what ends it.
    const n = (marks.instants.find((i) => i.at === fold.to)?.first ?? 0) - 0.5;
    jobs.push({
      n,
      place: () => {
        const box = across(text, wide(text), CHIP, y);
        if (box) layout.silences.push({ ...box, at: scale.at(y) });
      },
    });
  }
  for (const job of jobs.sort((a, b) => a.n - b.n)) job.place();
  placeFates(marks, scale, layout, taken);
}

/**
 * The buttons that lose a segment cover no text and each other not. Where there is no room for one it stays hidden until its
 * segment is chosen or pointed at.
 * @param {Marks} marks @param {Scale} scale @param {Layout} layout @param {Taken} taken
 */
function placeFates(marks, scale, layout, taken) {
  for (const arrow of marks.arrows) {
    if (arrow.copy || arrow.forged) continue;
    if (arrow.fate === 'lost' && arrow.end !== null) {
      layout.fates.set(arrow.seg, { ...pointOn(arrow, arrow.end, scale, layout), tight: false });
      continue;
    }
    const points = LOSS.map((share) => pointOn(arrow, timeAt(arrow, share), scale, layout));
    const boxOf = (/** @type {Point} */ { x, y }) => ({ x: x - BUTTON, y: y - BUTTON, w: 2 * BUTTON, h: 2 * BUTTON });
    const free = points.find((point) => !taken.hit(boxOf(point), 0));
    if (free) taken.push(boxOf(free));
    layout.fates.set(arrow.seg, { ...(free ?? points[0]), tight: !free });
  }
}

/** @param {Arrow} arrow @param {Scale} scale @param {Layout} layout @param {Texts} texts @param {Taken} taken @param {Taken} crosses @param {Lines} lines */
function placeLabel(arrow, scale, layout, texts, taken, crosses, lines) {
  const { flags, mark, detail } = texts.arrow(arrow);
  const full = layout.compact ? mark : [mark, detail].filter(Boolean).join(' ');
  const route = routeOf(arrow, scale, layout);
  // Where a segment is lost is known only later; a label before its middle stays right either way.
  // Where it was lost is drawn, too: its own label and all later ones keep clear of that if they can.
  if ((arrow.fate === 'lost' || arrow.fate === 'expired') && arrow.end !== null) {
    const { x, y } = pointOn(arrow, arrow.end, scale, layout);
    crosses.push({ x: x - 9, y: y - 9, w: 18, h: 18 });
  }
  const shares = arrow.forged ? [0] : arrow.fate === 'lost' ? SHARES.filter((s) => s < 0.5) : SHARES;
  const [near, far] = [arrow.from, arrow.to].sort((a, b) => layout.x[a] - layout.x[b]);
  const low = layout.x[near] + layout.band[near] / 2 + 3;
  const high = layout.x[far] - layout.band[far] / 2 - 3;
  /** The first free place that no other segment crosses, or else the first free one. */
  function choose() {
    let second = null;
    for (const short of full ? [false, true] : [true]) {
      const text = short ? '' : full;
      const w = texts.width(flags, 'label') + (text ? texts.width(` ${text}`, 'small') : 0) + 10;
      for (const share of shares) {
        const at = timeAt(arrow, share);
        const { x: cx, y: cy } = pointOn(arrow, at, scale, layout);
        const box = { x: cx - w / 2, y: cy - LINE / 2, w, h: LINE };
        if (box.x < low || box.x + w > high || taken.hit(box, 2)) continue;
        const place = { box, detail: text, short, cx, cy, at };
        if (!crosses.hit(box, 1) && !lines.some(box.y, box.y + box.h, (line) => passes(box, line))) return place;
        second ??= place;
      }
    }
    return second;
  }
  const best = choose();
  const ys = route.map((p) => p.y);
  lines.add(Math.min(...ys), Math.max(...ys), route);
  if (!best) return;
  taken.push(best.box);
  layout.labels.set(arrow.seg, { ...best.box, text: flags, detail: best.detail, short: best.short, cx: best.cx, cy: best.cy, at: best.at });
}

/** @param {Arrow} arrow @param {Scale} scale @param {Layout} layout @param {Texts} texts @param {Taken} taken */
function placeTag(arrow, scale, layout, texts, taken) {
  const text = texts.fate(arrow);
  const { x, y } = pointOn(arrow, arrow.end ?? arrow.sent, scale, layout);
  const w = texts.width(text, 'label') + 8;
  const way = Math.sign(layout.x[arrow.to] - layout.x[arrow.from]);
  taken.push({ x: x - 9, y: y - 9, w: 18, h: 18 });
  const beyond = way > 0 ? x + 12 : x - 12 - w;
  const before = way > 0 ? x - 12 - w : x + 12;
  const box = free([
    { x: beyond, y: y - LINE / 2 - 9, w, h: LINE }, { x: before, y: y + 5, w, h: LINE }, { x: x - w / 2, y: y + 10, w, h: LINE },
    { x: x - w / 2, y: y - LINE - 10, w, h: LINE }, { x: beyond, y: y + 10, w, h: LINE },
    ...[1, 2, 3, 4].flatMap((k) => [{ x: beyond + way * k * 24, y: y - LINE / 2, w, h: LINE }, { x: before - way * k * 24, y: y + 12, w, h: LINE }, { x: x - w / 2, y: y + 8 + k * LINE, w, h: LINE }]),
  ], taken);
  taken.push(box);
  layout.tags.set(`${arrow.seg}`, { ...box, text, kind: 'lost' });
}

/** Why the receiver refuses it, under its head, or only that it does. @param {Arrow} arrow @param {Scale} scale @param {Layout} layout @param {Texts} texts @param {Taken} taken */
function placeRefusal(arrow, scale, layout, texts, taken) {
  const { x, y } = pointOn(arrow, arrow.end ?? arrow.sent, scale, layout, 1);
  for (const text of [texts.refused(arrow, false), texts.refused(arrow, true)]) {
    const w = texts.width(text, 'small') + 8;
    const left = layout.x[arrow.to] > layout.x[arrow.from] ? x - 14 - w : x + 14;
    const box = [6, 12, 18, -LINE - 6, 26, 34, 42, 50].map((dy) => ({ x: left, y: y + dy, w, h: LINE })).find((box) => !taken.hit(box, 1));
    if (!box) continue;
    taken.push(box);
    layout.tags.set(`refused ${arrow.seg}`, { ...box, text, kind: 'refused' });
    return;
  }
}

/** @param {Box[]} options @param {Taken} taken */
function free(options, taken) {
  return options.find((box) => !taken.hit(box, 1)) ?? options[0];
}

const ROW = 64;

/**
 * What has been placed, by rows of the page, so that a long run asks only what is near.
 * @template T
 */
function rows() {
  /** @type {Map<number, T[]>} */
  const rows = new Map();
  return {
    /** @param {number} top @param {number} bottom @param {T} thing */
    add(top, bottom, thing) {
      for (let row = Math.floor(top / ROW); row <= Math.floor(bottom / ROW); row++) {
        const there = rows.get(row);
        if (there) there.push(thing);
        else rows.set(row, [thing]);
      }
    },
    /** @param {number} top @param {number} bottom @param {(thing: T) => boolean} is */
    some(top, bottom, is) {
      for (let row = Math.floor(top / ROW); row <= Math.floor(bottom / ROW); row++) if (rows.get(row)?.some(is)) return true;
      return false;
    },
  };
}

/** The ground that texts have taken. */
function ground() {
  const boxes = /** @type {ReturnType<typeof rows<Box>>} */ (rows());
  return {
    /** @param {Box} box */
    push: (box) => boxes.add(box.y, box.y + box.h, box),
    /** @param {Box} box @param {number} gap */
    hit: (box, gap) => boxes.some(box.y - gap, box.y + box.h + gap, (other) => overlap(box, other, gap)),
  };
}
/** @typedef {ReturnType<typeof ground>} Taken @typedef {ReturnType<typeof rows<Point[]>>} Lines */

/** @param {Box} a @param {Box} b @param {number} gap */
export function overlap(a, b, gap = 0) {
  return a.x < b.x + b.w + gap && b.x < a.x + a.w + gap && a.y < b.y + b.h + gap && b.y < a.y + a.h + gap;
}

/** Does a line of corners run through a box? @param {Box} box @param {Point[]} line */
function passes(box, line) {
  for (let i = 1; i < line.length; i++) {
    // Of the stretch, what is as high as the box: it runs through if some of that is between the box's sides. Time runs down.
    const [a, b] = [line[i - 1], line[i]];
    const top = Math.max(a.y, box.y);
    const bottom = Math.min(b.y, box.y + box.h);
    if (top > bottom) continue;
    const slope = (b.x - a.x) / (b.y - a.y || 1);
    const [from, to] = [a.x + (top - a.y) * slope, b.y > a.y ? a.x + (bottom - a.y) * slope : b.x];
    if (Math.max(from, to) > box.x && Math.min(from, to) < box.x + box.w) return true;
  }
  return false;
}
