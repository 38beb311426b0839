/**
 * statechart.js: Figure 5 of RFC 9293 with both ends on it.
 *
 * The chart is laid out by hand, like the one in the RFC: opening above, established in the middle, who closes first on
 * the left, who closes second on the right. NODES and EDGES are that drawing. An edge says in the RFC's words what takes it
 * (`on`) and what it sends (`does`); the two transitions of the notes are dashed, and the arrow that figure and text leave out
 * for legibility, a reset from anywhere to CLOSED, appears only when a run takes it.
 *
 * `pathsOf` is pure: for each end the edges that it has taken up to an instant, and the one that it will take next. An end has a
 * colour, a line of its own (the first one solid, the second dashed) and a flag with its name, so colour is never alone.
 */

import { html, svg } from '../svg.js';

/**
 * @typedef {import('../types').Event} Event
 * @typedef {{from: string, to: string, d: string, on: string[], at: [number, number], anchor?: string, note?: boolean, tip: [number, number, number]}} Edge
 */

const [W, H] = [96, 28];

/** The middle of each state. CLOSED stands twice, as in the RFC: before and after. @type {Record<string, [number, number]>} */
export const NODES = {
  CLOSED: [170, 22], LISTEN: [170, 92], SYN_RCVD: [56, 166], SYN_SENT: [284, 166], ESTABLISHED: [170, 234],
  FIN_WAIT_1: [56, 306], CLOSE_WAIT: [284, 306], FIN_WAIT_2: [56, 392], CLOSING: [170, 392], LAST_ACK: [284, 392],
  TIME_WAIT: [170, 468], END: [284, 468],
};

/** Right, down, left and up, as the angle of an arrow's head. */
const [R, D, L, U] = [0, 90, 180, 270];

/** @type {Edge[]} */
export const EDGES = [
  { from: 'CLOSED', to: 'LISTEN', d: 'M160 36V78', tip: [160, 78, D], on: ['passive', 'OPEN'], at: [155, 54], anchor: 'end' },
  { from: 'LISTEN', to: 'CLOSED', d: 'M180 78V36', tip: [180, 36, U], on: ['CLOSE'], at: [185, 61] },
  { from: 'CLOSED', to: 'SYN_SENT', d: 'M218 17H302Q308 17 308 23V152', tip: [308, 152, D], on: ['active OPEN', 'snd SYN'], at: [304, 32], anchor: 'end' },
  { from: 'SYN_SENT', to: 'CLOSED', d: 'M282 152V62Q282 56 276 56H206Q200 56 200 50V36', tip: [200, 36, U], on: ['CLOSE'], at: [277, 70], anchor: 'end' },
  { from: 'LISTEN', to: 'SYN_RCVD', d: 'M122 98H78Q72 98 72 104V152', tip: [72, 152, D], on: ['rcv SYN', 'snd SYN,ACK'], at: [77, 124] },
  { from: 'SYN_RCVD', to: 'LISTEN', d: 'M22 152V92Q22 86 28 86H122', tip: [122, 86, R], on: ['rcv RST', 'note 1'], at: [27, 112], note: true },
  { from: 'LISTEN', to: 'SYN_SENT', d: 'M218 92H250Q256 92 256 98V152', tip: [256, 152, D], on: ['SEND', 'snd SYN'], at: [251, 114], anchor: 'end' },
  { from: 'SYN_SENT', to: 'SYN_RCVD', d: 'M236 166H104', tip: [104, 166, L], on: ['rcv SYN', 'snd SYN,ACK'], at: [170, 161], anchor: 'middle' },
  { from: 'SYN_RCVD', to: 'ESTABLISHED', d: 'M80 180V224Q80 230 86 230H122', tip: [122, 230, R], on: ['rcv ACK', 'of SYN'], at: [85, 200] },
  { from: 'SYN_SENT', to: 'ESTABLISHED', d: 'M260 180V224Q260 230 254 230H218', tip: [218, 230, L], on: ['rcv SYN,ACK', 'snd ACK'], at: [265, 200] },
  { from: 'SYN_RCVD', to: 'FIN_WAIT_1', d: 'M22 180V292', tip: [22, 292, D], on: ['CLOSE', 'snd FIN'], at: [27, 214] },
  { from: 'ESTABLISHED', to: 'FIN_WAIT_1', d: 'M148 248V264Q148 270 142 270H74Q68 270 68 276V292', tip: [68, 292, D], on: ['CLOSE', 'snd FIN'], at: [143, 282], anchor: 'end' },
  { from: 'ESTABLISHED', to: 'CLOSE_WAIT', d: 'M192 248V264Q192 270 198 270H278Q284 270 284 276V292', tip: [284, 292, D], on: ['rcv FIN', 'snd ACK'], at: [197, 282] },
  { from: 'FIN_WAIT_1', to: 'FIN_WAIT_2', d: 'M32 320V378', tip: [32, 378, D], on: ['rcv ACK', 'of FIN'], at: [37, 345] },
  { from: 'FIN_WAIT_1', to: 'CLOSING', d: 'M104 300H164Q170 300 170 306V378', tip: [170, 378, D], on: ['rcv FIN', 'snd ACK'], at: [175, 334] },
  { from: 'FIN_WAIT_1', to: 'TIME_WAIT', d: 'M104 312H107Q113 312 113 318V456Q113 462 119 462H122', tip: [122, 462, R], on: ['rcv FIN,', 'ACK of FIN', 'note 2'], at: [118, 418], note: true },
  { from: 'CLOSE_WAIT', to: 'LAST_ACK', d: 'M284 320V378', tip: [284, 378, D], on: ['CLOSE', 'snd FIN'], at: [289, 345] },
  { from: 'FIN_WAIT_2', to: 'TIME_WAIT', d: 'M56 406V468Q56 474 62 474H122', tip: [122, 474, R], on: ['rcv FIN', 'snd ACK'], at: [51, 430], anchor: 'end' },
  { from: 'CLOSING', to: 'TIME_WAIT', d: 'M186 406V454', tip: [186, 454, D], on: ['rcv ACK', 'of FIN'], at: [191, 428] },
  { from: 'LAST_ACK', to: 'END', d: 'M284 406V454', tip: [284, 454, D], on: ['rcv ACK', 'of FIN'], at: [289, 428] },
  { from: 'TIME_WAIT', to: 'END', d: 'M218 468H236', tip: [236, 468, R], on: ['timeout = 2 MSL'], at: [228, 496], anchor: 'middle' },
];

/**
 * Where each end has been. An end that has been anywhere closes in the lower CLOSED, not in the one it began in.
 * @param {readonly Event[]} events @param {number} t @param {string} host
 * @returns {{at: string, taken: {from: string, to: string}[], next: {from: string, to: string, at: number, n: number} | null}}
 */
export function pathsOf(events, t, host) {
  let at = 'CLOSED';
  /** @type {{from: string, to: string}[]} */
  const taken = [];
  for (const [n, e] of events.entries()) {
    if (e.host !== host) continue;
    if (e.ev === 'preset') at = e.state ?? '';
    if (e.ev !== 'state') continue;
    const to = e.to === 'CLOSED' && !(e.from === 'LISTEN' || e.from === 'SYN_SENT') ? 'END' : e.to ?? '';
    const edge = { from: at === 'END' && e.from === 'CLOSED' ? 'CLOSED' : e.from ?? '', to };
    if (e.at > t) return { at, taken, next: { ...edge, at: e.at, n } };
    taken.push(edge);
    at = to;
  }
  return { at, taken, next: null };
}

/** A way that the figure leaves out: from any state round to CLOSED. @param {string} from @param {string} to */
function detour(from, to) {
  const [[x0, y0], [x1, y1]] = [NODES[from] ?? NODES.CLOSED, NODES[to] ?? NODES.END];
  return `M${x0 + W / 2} ${y0}C${x0 + W / 2 + 60} ${y0} ${x1 + W / 2 + 20} ${y1 - 40} ${x1 + W / 2} ${y1}`;
}

/** @param {HTMLElement} root @param {import('../voice.js').Voice} voice @returns {import('../types').Panel} */
export function createStatechart(root, voice) {
  const lines = EDGES.map(drawEdge);
  const traces = svg('g', {});
  const words = EDGES.map(drawWords);
  const nodes = Object.fromEntries(Object.entries(NODES).map(([name, at]) => [name, drawNode(name, at)]));
  const flags = svg('g', {});
  const chart = svg('svg', { class: 'chart', viewBox: '0 0 340 502', role: 'img', 'aria-label': voice.ui('states.chart') },
    ...lines, traces, ...Object.values(nodes), ...words, flags);
  const ends = html('ul', { class: 'ends' });
  root.append(chart, ends);
  let shown = '';

  return {
    draw({ events, marks, t, instant }) {
      const key = `${events.length} ${events[events.length - 1]?.at} ${instant?.first} ${instant?.at}`;
      if (key === shown) return;
      shown = key;
      const paths = marks.hosts.map((host) => pathsOf(events, t, host));
      traces.replaceChildren(...paths.flatMap((path, end) => [
        ...path.taken.map((edge) => trace(edge, end, 'taken')), ...(path.next ? [trace(path.next, end, 'next')] : []),
      ]));
      EDGES.forEach(({ from, to }, i) => words[i].classList.toggle('told', paths.some((p) => [...p.taken.slice(-1), p.next].some((e) => e?.from === from && e.to === to))));
      for (const [name, node] of Object.entries(nodes)) {
        node.classList.toggle('lit', paths.some((p) => p.at === name));
        node.classList.toggle('was', paths.some((p) => p.taken.some((e) => e.from === name)));
      }
      flags.replaceChildren(...paths.map((path, end) => flag(marks.hosts[end], path.at, end)));
      ends.replaceChildren(...paths.map((path, end) => sentence(marks.hosts[end], path, end)));
    },
  };

  /** @param {string} host @param {ReturnType<typeof pathsOf>} path @param {number} end */
  function sentence(host, path, end) {
    const name = (/** @type {string} */ state) => (state === 'END' ? 'CLOSED' : state);
    const next = path.next ? voice.ui('states.next', { state: name(path.next.to), time: voice.time(path.next.at) }) : voice.ui('states.last');
    return html('li', {}, svg('svg', { viewBox: '0 0 26 10', 'aria-hidden': 'true' }, svg('path', { class: 'trace taken', 'data-end': end, d: 'M0 5H26' })),
      html('span', {}, html('b', {}, voice.host(host)), ` ${name(path.at)} `, html('i', {}, next)));
  }

  /** Where an end is: a flag with its name on the edge of its state. @param {string} host @param {string} at @param {number} end */
  function flag(host, at, end) {
    const [x, y] = NODES[at] ?? NODES.CLOSED;
    const text = voice.host(host);
    const w = voice.width(text, 'plain') * 0.8 + 10;
    // The one at the upper left, the other at the lower right: both can stand at one state.
    const left = end === 0 ? x - W / 2 - 3 : x + W / 2 + 3 - w;
    const top = end === 0 ? y - H / 2 - 8 : y + H / 2 - 6;
    return svg('g', { class: 'here on', 'data-end': end }, svg('rect', { x: left, y: top, width: w, height: 14, rx: 7 }), svg('text', { x: left + w / 2, y: top + 10.3, 'text-anchor': 'middle' }, text));
  }
}

/** Where two ends took the same way, their lines run side by side. @param {{from: string, to: string}} edge @param {number} end @param {string} how */
function trace({ from, to }, end, how) {
  const d = EDGES.find((e) => e.from === from && e.to === to)?.d ?? detour(from, to);
  const aside = end ? 1.6 : -1.6;
  return svg('path', { class: `trace ${how}`, 'data-end': end, d, transform: `translate(${aside} ${aside})` });
}

/** @param {Edge} edge */
function drawEdge({ d, tip, note }) {
  const [x, y, angle] = tip;
  return svg('g', { class: note ? 'way way-note' : 'way' }, svg('path', { class: 'way-line', d }),
    svg('path', { class: 'way-head', d: 'M0 0L-7 -3.6V3.6Z', transform: `translate(${x} ${y}) rotate(${angle})` }));
}

/** @param {Edge} edge */
function drawWords({ on, at: [x, y], anchor = 'start', d }) {
  // Across the middle, the one above the line and the other below it.
  const step = anchor === 'middle' && on.length === 2 && d.includes('H104') ? 14 : 10.5;
  return svg('g', { class: 'way' }, ...on.map((line, i) => svg('text', { class: 'way-text', x, y: y + i * step, 'text-anchor': anchor }, line)));
}

/** @param {string} name @param {[number, number]} at */
function drawNode(name, [x, y]) {
  const state = name === 'END' ? 'CLOSED' : name;
  return svg('g', { class: 'node', 'data-state': state }, svg('rect', { x: x - W / 2, y: y - H / 2, width: W, height: H, rx: 8 }), svg('text', { x, y: y + 3.8, 'text-anchor': 'middle' }, state));
}
