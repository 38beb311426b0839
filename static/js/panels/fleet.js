/**
 * fleet.js: very many connections at once: how many in which state, who uses which port, and what has failed.
 *
 * It lies over the ladder of a figure that has a load, under the same playhead, and a switch uncovers the ladder with the few
 * connections that are told event by event. What it draws are the counts of the `counters` events. The areas are drawn once
 * for a run, straight from count to count; a frame only moves the line and the veil over the future. The map of ports and the
 * numbers follow from step to step. Nothing here depends on how many connections there are.
 */

import { html, polyline, svg } from '../svg.js';

/**
 * @typedef {import('../types').Event} Event @typedef {import('../types').Counts} Counts @typedef {import('../types').Facts} Facts
 * @typedef {import('../types').Scene} Scene @typedef {{at: number, counts: Counts}} Sample
 * @typedef {{port: number, open: number, waiting: number}} Cell
 */

/** From the bottom of the areas to their top: opening, open, closing, waiting. */
export const STATES = ['SYN_SENT', 'SYN_RCVD', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSING', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT'];
/** What is counted, in the order in which it is told; what is 0 is left out but for the first three. */
const NUMBERS = /** @type {const} */ (['connects', 'opened', 'done', 'reopened', 'rst_sent', 'rst_received', 'time_wait_full']);
const HEIGHT = 168;
const PAD = { left: 46, right: 12, top: 16, bottom: 24 };

/**
 * The counts of one host in the order of time, from nothing at 0 on.
 * @param {readonly Event[]} events @param {string} host
 * @returns {Sample[]}
 */
export function samplesOf(events, host) {
  /** @type {Sample[]} */
  const all = [];
  for (const e of events) if (e.ev === 'counters' && e.host === host && e.counts) all.push({ at: e.at, counts: e.counts });
  return all;
}

/**
 * The areas, one above the other: for each state that occurs, the sums below and with it at 0 and at every sample.
 * @param {readonly Sample[]} samples @param {number} end until when the last counts hold
 */
export function areasOf(samples, end) {
  const times = [0, ...samples.map((s) => s.at), ...(samples.length && samples[samples.length - 1].at < end ? [end] : [])];
  const base = times.map(() => 0);
  const areas = [];
  for (const state of STATES) {
    const counts = times.map((_, i) => (i === 0 ? 0 : (samples[Math.min(i, samples.length) - 1].counts.states?.[state] ?? 0)));
    if (counts.every((n) => n === 0)) continue;
    const low = [...base];
    counts.forEach((n, i) => { base[i] += n; });
    areas.push({ state, low, high: [...base] });
  }
  return { times, areas, most: Math.max(0, ...base) };
}

/**
 * How many connections were open in another run, as one line: null if that would only repeat the areas.
 * @param {readonly Sample[]} before @param {number} end @param {ReturnType<typeof areasOf>} now
 */
export function lineOf(before, end, now) {
  const { times, areas, most } = areasOf(before, end);
  const high = areas.at(-1)?.high ?? [];
  if (!most || JSON.stringify([times, high]) === JSON.stringify([now.times, now.areas.at(-1)?.high])) return null;
  return { points: times.map((at, i) => ({ at, n: high[i] })), most };
}

/** An axis from 0 to at least n in four or five round steps, or fewer of small numbers. @param {number} n */
export function axisTo(n) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, n / 5)));
  const step = [1, 2, 5, 10].map((k) => k * unit).find((step) => step >= n / 5) ?? unit;
  return { top: Math.max(1, Math.ceil(n / step)) * step, step };
}

/**
 * What the port at place i of the range is used for.
 * @param {readonly number[] | undefined} map @param {number} first @param {number} i
 * @returns {Cell}
 */
export function cellAt(map, first, i) {
  for (let k = 0, from = 0; map && k < map.length; from += map[k], k += 3) {
    if (i < from + map[k]) return { port: first + i, open: map[k + 1], waiting: map[k + 2] };
  }
  return { port: first + i, open: 0, waiting: 0 };
}

/** How large a cell may be, so that all fit into about 180 pixels of height. @param {number} ports @param {number} width */
export function gridOf(ports, width) {
  const size = Math.max(2, Math.min(26, Math.floor(Math.sqrt((width * 180) / ports))));
  const columns = Math.max(1, Math.min(ports, Math.floor(width / size)));
  return { size, columns, rows: Math.ceil(ports / columns) };
}

/**
 * @param {HTMLElement} stage @param {HTMLElement} ladder what it covers
 * @param {import('../voice.js').Voice} voice
 * @returns {import('../types').Fleet}
 */
export function createFleet(stage, ladder, voice) {
  const all = html('button', { type: 'button', class: 'fleet-tab', 'aria-pressed': 'true' }, voice.ui('fleet.all'));
  const one = html('button', { type: 'button', class: 'fleet-tab', 'aria-pressed': 'false' }, voice.ui('fleet.one'));
  const charts = html('div', { class: 'fleet-charts' });
  const canvas = html('canvas', { class: 'port-cells' });
  const marker = html('div', { class: 'port-marker', hidden: true });
  // A canvas knows no custom properties: the style sheet colours these, and the pen asks them.
  const inks = ['free', 'open', 'waiting'].map((use) => html('i', { class: `port-ink ${use}`, hidden: true }));
  const grid = html('div', { class: 'port-grid', role: 'slider', tabindex: 0, 'aria-label': voice.ui('fleet.ports') }, canvas, marker, ...inks);
  const range = html('h3', { class: 'fleet-title' });
  const said = html('p', { class: 'port-said' });
  const ports = html('div', { class: 'fleet-ports' }, html('div', { class: 'fleet-line' }, range, html('p', { class: 'fleet-hint' }, voice.ui('fleet.hint'))), grid, said);
  const body = html('div', { class: 'fleet-body' }, charts, ports);
  const root = html('div', { class: 'fleet' }, html('div', { class: 'fleet-switch', role: 'group', 'aria-label': voice.ui('fleet.shows') }, all, one), body);
  ladder.after(root);

  /** @type {{facts: Facts, samples: Record<string, Sample[]>, end: number, events: readonly Event[]} | null} */
  let run = null;
  /** The run before the last edit. @type {{samples: Record<string, Sample[]>, end: number} | null} */
  let was = null;
  /** @type {{host: string, line: SVGElement, veil: SVGElement, legend: HTMLElement, numbers: HTMLElement, ghost: boolean}[]} */
  let drawn = [];
  /** @type {Scene | null} */
  let scene = null;
  let chosen = -1;
  let width = 0;
  let plot = 0;

  /** @param {boolean} many */
  function turn(many) {
    all.setAttribute('aria-pressed', String(many));
    one.setAttribute('aria-pressed', String(!many));
    body.hidden = !many;
    root.toggleAttribute('data-one', !many);
    ladder.inert = many;
    if (many && scene) draw(scene);
  }
  all.addEventListener('click', () => turn(true));
  one.addEventListener('click', () => turn(false));
  turn(true);

  const size = () => (run ? run.facts.load?.ports ?? [0, -1] : [0, -1]);
  const number = (/** @type {number} */ n) => n.toLocaleString('en').replaceAll(',', '\u202f');

  new ResizeObserver(() => {
    if (run && body.clientWidth && body.clientWidth !== width) paint();
  }).observe(body);

  /** Everything that only a new run or another width changes. */
  function paint() {
    if (!run) return;
    width = body.clientWidth;
    const hosts = Object.keys(run.samples).filter((host) => run?.samples[host].length);
    const waits = hosts.filter((host) => run?.samples[host].some((s) => s.counts.open));
    const beside = width >= 760 && waits.length > 1;
    const chart = Math.max(240, Math.floor((width - 32 - (beside ? 24 : 0)) / (beside ? 2 : 1)));
    plot = chart - PAD.left - PAD.right;
    drawn = [];
    charts.replaceChildren(...hosts.map((host) => chartOf(host, chart)));
    charts.toggleAttribute('data-beside', beside);
    ports.hidden = !run.facts.load || !run.samples[run.facts.load.host]?.some((s) => s.counts.map);
    const [first, last] = size();
    range.textContent = voice.ui('fleet.range', { first, last });
    grid.setAttribute('aria-valuemin', String(first));
    grid.setAttribute('aria-valuemax', String(last));
    if (scene) draw(scene);
    else cells();
  }

  /** @param {string} host @param {number} chart its width */
  function chartOf(host, chart) {
    const { samples, end, facts } = /** @type {NonNullable<typeof run>} */ (run);
    const now = areasOf(samples[host], end);
    const { times, areas } = now;
    const before = was && lineOf(was.samples[host] ?? [], was.end, now);
    const most = Math.max(now.most, before?.most ?? 0);
    const load = facts.load;
    const addresses = facts.hosts.find((h) => h.name === load?.host)?.addrs?.length ?? 1;
    const limit = load && host === load.host ? (load.ports[1] - load.ports[0] + 1) * load.to * Math.min(addresses, load.from ?? 1) : 0;
    const { top, step } = axisTo(limit && limit <= 2 * most ? Math.max(most, limit * 1.05) : most);
    const x = (/** @type {number} */ t) => PAD.left + (end ? t / end : 0) * plot;
    const y = (/** @type {number} */ n) => HEIGHT - PAD.bottom - (n / top) * (HEIGHT - PAD.top - PAD.bottom);
    const label = (/** @type {number} */ n) => (n >= 10_000 ? `${number(n / 1000)}k` : number(n));
    const levels = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
    const seconds = axisTo(end / 1e6).step;
    const ticks = Array.from({ length: Math.floor(end / 1e6 / seconds) + 1 }, (_, i) => i * seconds * 1e6).filter((t) => x(t) < chart - 22);
    const line = svg('line', { class: 'fleet-now', x1: PAD.left, x2: PAD.left, y1: PAD.top - 8, y2: HEIGHT - PAD.bottom });
    const veil = svg('rect', { class: 'fleet-veil', x: PAD.left, y: 0, width: plot + PAD.right, height: HEIGHT - PAD.bottom });
    const picture = svg('svg', { class: 'fleet-areas', width: chart, height: HEIGHT, viewBox: `0 0 ${chart} ${HEIGHT}`, 'aria-hidden': 'true' },
      ...levels.map((n) => svg('line', { class: 'fleet-rule', x1: PAD.left, x2: chart - PAD.right, y1: y(n), y2: y(n) })),
      ...areas.map(({ state, low, high }) => svg('path', { class: 'fleet-area', 'data-state': state, d: `${polyline(times.map((t, i) => ({ x: x(t), y: y(high[i]) })))}L${polyline(times.map((t, i) => ({ x: x(t), y: y(low[i]) })).reverse()).slice(1)}Z` })),
      svg('svg', { x: 0, y: 0, width: chart, height: HEIGHT }, veil),
      before && svg('svg', { x: 0, y: 0, width: chart - PAD.right, height: HEIGHT }, svg('path', { class: 'fleet-before', d: polyline(before.points.map(({ at, n }) => ({ x: x(at), y: y(n) }))) })),
      limit > 0 && limit <= top && svg('line', { class: 'fleet-limit', x1: PAD.left, x2: chart - PAD.right, y1: y(limit), y2: y(limit) }),
      limit > 0 && limit <= top && svg('text', { class: 'fleet-limit-text', x: chart - PAD.right - 6, y: y(limit) - 5, 'text-anchor': 'end' }, voice.ui(load && load.to > 1 ? 'fleet.limit.to' : 'fleet.limit', { n: number(limit), to: load?.to ?? 1 })),
      ...levels.map((n) => svg('text', { class: 'fleet-tick', x: PAD.left - 7, y: y(n) + 4, 'text-anchor': 'end' }, label(n))),
      ...ticks.map((t) => svg('text', { class: 'fleet-tick', x: x(t), y: HEIGHT - 7, 'text-anchor': t ? 'middle' : 'start' }, `${number(t / 1e6)} s`)),
      line);
    const legend = html('ul', { class: 'fleet-legend' });
    const numbers = html('dl', { class: 'fleet-numbers' });
    drawn.push({ host, line, veil, legend, numbers, ghost: before !== null });
    // A server whose connections are all gone whenever they are counted has numbers, and no picture.
    return html('section', { class: 'fleet-host' }, html('h3', { class: 'fleet-title' }, voice.ui(areas.length ? 'fleet.of' : 'fleet.totals', { host: voice.host(host) })), areas.length ? picture : null, areas.length ? legend : null, numbers);
  }

  /** @param {Scene} now */
  function draw(now) {
    scene = now;
    if (!run || body.hidden) return;
    for (const { host, legend, numbers, ghost } of drawn) {
      const counts = now.world.counts[host];
      const states = STATES.filter((state) => run?.samples[host].some((s) => s.counts.states?.[state]));
      legend.replaceChildren(...states.map((state) => html('li', { 'data-state': state }, html('span', { class: 'fleet-swatch', 'aria-hidden': 'true' }), `${state} `, html('b', {}, number(counts?.states?.[state] ?? 0)))),
        ghost ? html('li', { class: 'fleet-was' }, html('span', { class: 'fleet-dash', 'aria-hidden': 'true' }), voice.ui('fleet.before')) : '');
      const asks = host === run?.facts.load?.host;
      const rows = NUMBERS.filter((name, i) => counts?.[name] || (asks ? i < 3 : name === 'opened')).map((name) => /** @type {const} */ ([voice.ui(`fleet.${name}`), counts?.[name] ?? 0, false]));
      const errors = Object.entries(counts?.errors ?? {}).map(([errno, n]) => /** @type {const} */ ([errno, n, true]));
      numbers.replaceChildren(...[...rows, ...errors].map(([name, n, bad]) => html('div', { class: bad ? 'bad' : null }, html('dt', {}, name), html('dd', {}, number(n)))));
    }
    cells();
  }

  function mapNow() {
    const host = run?.facts.load?.host ?? '';
    return scene?.world.counts[host]?.map;
  }

  /** The map of ports, run by run. */
  function cells() {
    const [first, last] = size();
    const count = last - first + 1;
    if (ports.hidden || count < 1) return;
    const room = Math.max(120, width - 32);
    const { size: side, columns, rows } = gridOf(count, room);
    const scale = Math.min(3, window.devicePixelRatio || 1);
    const [w, h] = [columns * side, rows * side];
    if (canvas.width !== Math.round(w * scale) || canvas.height !== Math.round(h * scale)) {
      [canvas.width, canvas.height] = [Math.round(w * scale), Math.round(h * scale)];
      canvas.style.width = `${w}px`;
      canvas.style.height = `${h}px`;
      grid.style.width = `${w}px`;
    }
    const pen = canvas.getContext('2d');
    if (!pen) return;
    const gap = side >= 6 ? 2 : side >= 4 ? 1 : 0;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, w, h);
    /** @param {number} from @param {number} to @param {string} ink @param {boolean} hollow */
    const fill = (from, to, ink, hollow) => {
      pen.fillStyle = pen.strokeStyle = ink;
      for (let i = from; i < to; i++) {
        const [x, y] = [(i % columns) * side, Math.floor(i / columns) * side];
        if (hollow && side < 6) continue; // the ground shows
        if (hollow) pen.strokeRect(x + 0.75, y + 0.75, side - gap - 1.5, side - gap - 1.5);
        else pen.fillRect(x, y, side - gap, side - gap);
        // Open and waiting differ by more than their colour.
        if (!hollow && side >= 10 && ink === busy) pen.clearRect(x + side / 2 - gap / 2 - 2, y + side / 2 - gap / 2 - 2, 4, 4);
      }
    };
    const [free, busy, waits] = inks.map((ink) => getComputedStyle(ink).color);
    const map = mapNow() ?? [];
    let from = 0;
    for (let k = 0; k < map.length; k += 3) {
      fill(from, from + map[k], map[k + 1] ? busy : map[k + 2] ? waits : free, !map[k + 1] && !map[k + 2]);
      from += map[k];
    }
    fill(from, count, free, true);
    point(chosen, columns, side, gap);
  }

  /** @param {number} i @param {number} columns @param {number} side @param {number} gap */
  function point(i, columns, side, gap) {
    const [first] = size();
    marker.hidden = i < 0;
    const { port, open, waiting } = cellAt(mapNow(), first, Math.max(0, i));
    const load = run?.facts.load;
    const hosts = run?.facts.hosts ?? [];
    const address = (/** @type {string | undefined} */ name) => (hosts.find((h) => h.name === name)?.addr ?? '').replace(/:\d+$/, '');
    const peer = address(hosts.find((h) => h.name !== load?.host)?.name);
    const use = open + waiting === 0 ? voice.ui('fleet.port.free', { port })
      : load?.to === 1 && (load.from ?? 1) === 1 ? voice.ui(waiting ? 'fleet.port.waiting' : 'fleet.port.open', { tuple: `${address(load.host)}:${port} → ${peer}:80` })
        : voice.ui('fleet.port.several', { port, open, waiting });
    grid.setAttribute('aria-valuenow', String(port));
    grid.setAttribute('aria-valuetext', use);
    said.textContent = i < 0 ? voice.ui('fleet.port.choose') : use;
    if (i < 0) return;
    const [x, y] = [(i % columns) * side, Math.floor(i / columns) * side];
    const box = Math.max(8, side - gap);
    marker.style.width = marker.style.height = `${box + 6}px`;
    marker.style.transform = `translate(${x + (side - gap) / 2 - box / 2 - 3}px,${y + (side - gap) / 2 - box / 2 - 3}px)`;
  }

  const chosenAt = () => {
    const [first, last] = size();
    return { count: last - first + 1, ...gridOf(last - first + 1, Math.max(120, width - 32)) };
  };
  grid.addEventListener('click', (e) => {
    const box = canvas.getBoundingClientRect();
    const { count, columns, size: side } = chosenAt();
    const zoom = box.width / (columns * side) || 1;
    const i = Math.floor((e.clientY - box.top) / zoom / side) * columns + Math.min(columns - 1, Math.floor((e.clientX - box.left) / zoom / side));
    choose(Math.min(count - 1, Math.max(0, i)));
  });
  grid.addEventListener('keydown', (e) => {
    const { count, columns } = chosenAt();
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: 10 * columns, PageUp: -10 * columns, Home: -count, End: count }[e.key];
    if (by === undefined || e.altKey || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    e.stopPropagation();
    choose(Math.min(count - 1, Math.max(0, chosen + by)));
  });
  /** @param {number} i */
  function choose(i) {
    chosen = i;
    cells();
  }

  return {
    show(events, facts, before) {
      const counted = (/** @type {readonly Event[]} */ events) => ({ samples: Object.fromEntries(facts.hosts.map((h) => [h.name, samplesOf(events, h.name)])), end: events.at(-1)?.at ?? 0 });
      run = { events, facts, ...counted(events) };
      was = before && counted(before);
      scene = null;
      paint();
    },
    draw,
    frame(t) {
      if (!run || body.hidden) return;
      const x = run.end ? Math.min(1, Math.max(0, t / run.end)) * plot : 0;
      for (const { line, veil } of drawn) {
        line.style.transform = `translateX(${x.toFixed(1)}px)`;
        veil.style.transform = `translateX(${x.toFixed(1)}px)`;
      }
    },
  };
}
