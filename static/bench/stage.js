/**
 * stage.js: what the measurements of this folder do in the page.
 */

import { createLadder } from '../js/ladder.js';
import { createPlayer } from '../js/player.js';
import { createVoice } from '../js/voice.js';
import { marksOf } from '../js/marks.js';
import { timescale } from '../js/timescale.js';

/** @typedef {import('../js/types').Event} Event */

/** Each host sends a segment every 2 ms, which takes 50 ms: 25 are under way in each direction. */
const EVERY = 2000;
const FLIGHT = 50_000;

/** A run of n segments that both hosts send without a pause. @param {number} n @returns {Event[]} */
function busy(n) {
  const events = [];
  for (let i = 0; i < n; i++) {
    const [host, other] = i % 2 ? ['server', 'client'] : ['client', 'server'];
    const at = (i >> 1) * EVERY;
    events.push({ at, ev: 'sent', host, conn: 1, seg: i + 1, kind: 'data', nth: (i >> 1) + 1, flags: 'ACK', seq: i, ack: i, len: 1, why: 'data' });
    events.push({ at: at + FLIGHT, ev: 'arrived', host: other, conn: 1, seg: i + 1 });
  }
  return events.sort((a, b) => a.at - b.at);
}

/** A run of n segments, each of which is answered. @param {number} n @returns {Event[]} */
function dialogue(n) {
  const events = [];
  for (let i = 0; i < n; i++) {
    const [host, other] = i % 2 ? ['server', 'client'] : ['client', 'server'];
    events.push({ at: i * FLIGHT, ev: 'sent', host, conn: 1, seg: i + 1, kind: 'data', nth: (i >> 1) + 1, flags: 'PSH,ACK', seq: i, ack: i, len: 1, why: 'data' });
    events.push({ at: (i + 1) * FLIGHT, ev: 'arrived', host: other, conn: 1, seg: i + 1 });
  }
  return events;
}

/** @type {Promise<import('../js/voice.js').Voice> | undefined} */
let voice;

/** An empty ladder in an empty page. */
async function ladder() {
  voice ??= fetch('/words/en.json').then((answer) => answer.json()).then((words) => createVoice(words, {}, 'en'));
  const said = await voice;
  const root = document.createElement('div');
  root.className = 'ladder';
  const stage = document.createElement('div');
  stage.className = 'stage';
  const figure = document.createElement('figure');
  figure.className = 'figure';
  stage.append(root);
  figure.append(stage);
  document.body.replaceChildren(figure);
  /** @type {(() => void)[]} */
  const wakes = [];
  return { ladder: createLadder(root, { voice: said, select: () => {}, fate: () => {}, wake: () => wakes.forEach((wake) => wake()), skip: () => {}, forget: () => {}, letter: () => {} }), wakes };
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const painted = () => nextFrame().then(nextFrame);
/** The browser paints right after a frame's scripts; a message comes behind that. */
const firstPaint = () => nextFrame().then(() => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = resolve;
  port2.postMessage(0);
}));

/**
 * Draws a run and waits until it has been painted.
 * @param {Event[]} events @param {number} delay @param {number} from where the playhead stands
 */
async function show(events, delay, from) {
  const { ladder: view, wakes } = await ladder();
  await painted();
  const begun = performance.now();
  const marks = marksOf(events, { hosts: ['client', 'server'], delay });
  const scale = timescale(events, { delay });
  view.show(events, marks, scale, null);
  const player = createPlayer({ changed: () => {}, still: () => false, draw: (shown, t, ms) => view.frame(shown, t, ms, true) });
  wakes.push(() => player.wake());
  player.load(scale, marks.instants, from);
  await firstPaint();
  return { player, first: performance.now() - begun };
}

/** From the events of a lesson's figure to its first picture, in milliseconds. */
export async function lesson() {
  const events = await fetch('/test/fixtures/lost-last-ack.json').then((answer) => answer.json());
  return (await show(events, FLIGHT, -Infinity)).first;
}

/**
 * Plays a run of 200 segments where 50 of them are under way, again and again. The marks in the recording say when.
 * @param {number} seconds
 * @returns {Promise<{flying: number, first: number}>} pills at once; milliseconds from the events to the first picture
 */
export async function play(seconds) {
  const { player, first } = await show(busy(200), FLIGHT, FLIGHT);
  player.play();
  await new Promise((resolve) => setTimeout(resolve, 500));
  performance.mark('measure-begins');
  const flying = document.querySelectorAll('.pill').length;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (player.t > 2.8 * FLIGHT) player.seek(FLIGHT), player.play();
  }
  performance.mark('measure-ends');
  player.pause();
  return { flying, first };
}

/** The least that an animation of 50 things can be: a loop that moves 50 SVG groups. @param {number} seconds */
export async function bare(seconds) {
  const svg = (/** @type {string} */ name) => document.createElementNS('http://www.w3.org/2000/svg', name);
  const sheet = svg('svg');
  sheet.setAttribute('width', '1100');
  sheet.setAttribute('height', '700');
  const groups = Array.from({ length: 50 }, (_, i) => {
    const [group, box, text] = [svg('g'), svg('rect'), svg('text')];
    for (const [name, value] of Object.entries({ width: 46, height: 24, rx: 12, fill: '#ddd' })) box.setAttribute(name, String(value));
    text.setAttribute('y', '16');
    text.textContent = `ACK ${i}`;
    group.append(box, text);
    sheet.append(group);
    return group;
  });
  document.body.replaceChildren(sheet);
  await painted();
  let on = true;
  const loop = (/** @type {number} */ now) => {
    groups.forEach((group, i) => (group.style.transform = `translate(${(500 + 450 * Math.sin(now / 900 + i)).toFixed(2)}px,${i * 13}px)`));
    if (on) requestAnimationFrame(loop);
  };
  requestAnimationFrame(loop);
  await new Promise((resolve) => setTimeout(resolve, 500));
  performance.mark('measure-begins');
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  performance.mark('measure-ends');
  on = false;
}

/** From the events to a picture that has been laid out, in milliseconds. @param {number} n segments */
export async function drawn(n) {
  const { ladder: view } = await ladder();
  await painted();
  const events = dialogue(n);
  const begun = performance.now();
  const marks = marksOf(events, { hosts: ['client', 'server'], delay: FLIGHT });
  view.show(events, marks, timescale(events, { delay: FLIGHT }), null);
  view.frame(n * FLIGHT, n * FLIGHT, 0, false);
  document.body.getBoundingClientRect();
  const ready = performance.now() - begun;
  await painted();
  const shown = document.querySelectorAll('.past .arrow').length;
  if (shown < Math.min(n, 30)) throw new Error(`${shown} of ${n} segments are drawn`);
  return ready;
}

/** The same messages by Mermaid, from its text to a picture that has been laid out, in milliseconds. @param {number} n */
export async function byMermaid(n) {
  const { default: mermaid } = await import(/** @type {any} */ ('/node_modules/mermaid/dist/mermaid.esm.min.mjs'));
  mermaid.initialize({ startOnLoad: false, maxTextSize: 10_000_000, maxEdges: 100_000 });
  // Beforehand, so that what it loads on first use is not counted.
  await mermaid.render('warm', 'sequenceDiagram\n  client->>server: ACK');
  const host = document.createElement('div');
  document.body.replaceChildren(host);
  await painted();
  const text = ['sequenceDiagram', ...dialogue(n).filter((e) => e.ev === 'sent').map((e) => `  ${e.host}->>${e.host === 'client' ? 'server' : 'client'}: ${e.flags} seq ${e.seq} ack ${e.ack}`)].join('\n');
  const begun = performance.now();
  const { svg } = await mermaid.render(`m${Math.round(begun)}`, text);
  host.innerHTML = svg;
  host.getBoundingClientRect();
  const ready = performance.now() - begun;
  await painted();
  const shown = host.querySelectorAll('.messageText').length;
  if (shown !== n) throw new Error(`Mermaid draws ${shown} of ${n} messages`);
  return ready;
}
