/**
 * transport.js: the row under the ladder: restart, step back, play, step, speed, the scrubber and the strip.
 */

import { html, move, svg } from './svg.js';

/** @typedef {import('./types').Scale} Scale @typedef {import('./types').Event} Event @typedef {import('./types').Instant} Instant */

const SPEEDS = [0.25, 0.5, 1, 2];
const SNAP_PX = 6;
/** @type {import('./types').Mode[]} */
const MODES = ['compressed', 'true', 'even'];

/** What an instant has on the scrubber: each kind of event has a place and a shape. @param {readonly Event[]} here @returns {string[]} */
export function tickOf(here) {
  const has = (/** @type {string[]} */ ...kinds) => here.some((e) => kinds.includes(e.ev));
  const parts = [has('sent', 'copied', 'injected') && 'sent', has('arrived') && 'arrived', has('lost', 'expired') ? 'lost' : has('state') && 'state'].filter((part) => part !== false);
  return parts.length ? parts : ['other'];
}

/**
 * @param {HTMLElement} root @param {import('./voice.js').Voice} voice
 * @param {ReturnType<typeof import('./player.js').createPlayer>} player
 * @param {{axis(mode: import('./types').Mode): void, help(): void, letter(button: Element, letter: string): void}} deeds `letter`: a letter presses this button, too
 */
export function createTransport(root, voice, player, deeds) {
  const button = (/** @type {string} */ name, /** @type {() => void} */ act) => {
    const node = html('button', { type: 'button', class: `key ${name}`, 'aria-label': voice.ui(name), title: voice.ui(name) }, html('span', { class: `icon ${name}`, 'aria-hidden': 'true' }));
    node.addEventListener('click', act);
    return node;
  };
  const [back, step] = [button('back', () => player.step(-1)), button('step', () => player.step(1))];
  const play = html('button', { type: 'button', class: 'key play' }, html('span', { class: 'icon', 'aria-hidden': 'true' }), html('span', { class: 'play-word' }));
  play.addEventListener('click', () => (player.playing ? player.pause() : player.play()));
  const speed = html('button', { type: 'button', class: 'key speed', title: voice.ui('speed') });
  speed.addEventListener('click', () => (player.speed = SPEEDS[(SPEEDS.indexOf(player.speed) + 1) % SPEEDS.length]));

  const done = html('span', { class: 'scrub-done' });
  const ticks = html('span', { class: 'scrub-ticks', 'aria-hidden': 'true' });
  const thumb = html('span', { class: 'scrub-thumb' });
  const scrub = html('div', { class: 'scrub', role: 'slider', tabindex: 0, 'aria-label': voice.ui('scrub'), 'aria-orientation': 'horizontal', 'aria-valuemin': 0, 'aria-valuemax': 1, 'aria-valuenow': 0 },
    html('span', { class: 'scrub-rail' }), done, ticks, thumb);
  const bands = svg('svg', { preserveAspectRatio: 'none' });
  const pin = html('span', { class: 'whole-pin' });
  const strip = html('div', { class: 'whole', 'aria-hidden': 'true', title: voice.ui('strip') }, bands, pin);
  const axis = html('select', { class: 'key axis', 'aria-label': voice.ui('axis'), title: voice.ui('axis') }, ...MODES.map((mode) => html('option', { value: mode }, voice.ui(`axis.${mode}`))));
  axis.addEventListener('change', () => deeds.axis(MODES[axis.selectedIndex]));
  const help = html('button', { type: 'button', class: 'key help', 'aria-label': voice.ui('help'), title: voice.ui('help') }, '?');
  help.addEventListener('click', deeds.help);
  for (const [node, letter] of /** @type {const} */ ([[back, ','], [step, '.'], [help, '?']])) deeds.letter(node, letter);
  const clock = html('span', { class: 'scrub-clock' });
  const total = html('span', { class: 'scrub-total' });

  root.append(
    html('div', { class: 'keys' }, button('restart', () => player.seek(-Infinity)), back, play, step, button('marker', () => leap(1))),
    html('div', { class: 'track' }, scrub, strip), html('div', { class: 'tools' }, speed, axis, help), html('div', { class: 'times' }, clock, total));

  /** @type {Scale | null} */
  let scale = null;
  /** @type {Instant[]} */
  let instants = [];
  let width = 0;
  let length = 0;
  let box = new DOMRect();

  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (target === scrub) width = contentRect.width;
      else length = contentRect.width;
    }
    drawTicks();
    frame(player.shown);
  });
  sizes.observe(scrub);
  sizes.observe(strip);

  const span = () => (scale ? scale.height - scale.y(scale.start) : 1);
  /** @param {number} at */
  const place = (at) => (scale ? ((scale.y(at) - scale.y(scale.start)) / span()) * width : 0);

  /** @type {{at: number, parts: string[]}[]} */
  let marks = [];

  function drawTicks() {
    if (!scale || !width) return;
    let before = -Infinity;
    ticks.replaceChildren(...marks.flatMap(({ at, parts }) => {
      const x = place(at);
      if (x - before < 3 && !parts.includes('lost')) return [];
      before = x;
      const tick = html('span', { class: 'scrub-tick' }, ...parts.map((part) => html('span', { class: part })));
      move(tick, x, 0);
      return [tick];
    }));
  }

  /** @param {PointerEvent} e */
  function scrubTo(e) {
    if (!scale || !width) return;
    // In its own pixels: a figure that is presented is drawn larger than it is laid out.
    const x = Math.min(Math.max(((e.clientX - box.left) / (box.width || 1)) * width, 0), width);
    const near = instants.find((i) => Math.abs(place(i.at) - x) <= SNAP_PX);
    player.seek(near ? near.at : scale.at(scale.y(scale.start) + (x / width) * span()));
  }
  scrub.addEventListener('pointerdown', (e) => {
    scrub.setPointerCapture(e.pointerId);
    box = scrub.getBoundingClientRect();
    scrubTo(e);
  });
  scrub.addEventListener('pointermove', (e) => scrub.hasPointerCapture(e.pointerId) && scrubTo(e));
  scrub.addEventListener('keydown', (e) => {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowRight: () => player.step(1), ArrowUp: () => player.step(1), ArrowLeft: () => player.step(-1), ArrowDown: () => player.step(-1),
      PageUp: () => leap(1), PageDown: () => leap(-1), Home: () => player.seek(-Infinity), End: () => player.seek(Infinity),
    };
    const act = keys[e.key];
    if (!act) return;
    e.preventDefault();
    e.stopPropagation();
    act();
  });

  /** @param {PointerEvent} e */
  function stripTo(e) {
    const box = strip.getBoundingClientRect();
    if (scale) player.seek(Math.min(Math.max((e.clientX - box.left) / (box.width || 1), 0), 1) * scale.end);
  }
  strip.addEventListener('pointerdown', (e) => {
    strip.setPointerCapture(e.pointerId);
    stripTo(e);
  });
  strip.addEventListener('pointermove', (e) => strip.hasPointerCapture(e.pointerId) && stripTo(e));

  /** Each end's states, one line each. The picture is as wide as the run is long, so nothing is drawn again when the page is resized. @param {import('./types').Marks} marks */
  function drawStrip({ bands: all, hosts, end }) {
    bands.setAttribute('viewBox', `0 0 ${Math.max(1, end)} 10`);
    bands.replaceChildren(...all.filter((b) => b.state !== 'CLOSED').map((b) =>
      svg('rect', { class: 'band', 'data-state': b.state, x: b.from, y: hosts.indexOf(b.host) ? 5.5 : 0, width: (b.to ?? end) - b.from, height: 4.5 })));
  }

  /** To the next instant at which a state changes or a segment is lost: one phase of a close. @param {1 | -1} way */
  function leap(way) {
    const phases = marks.filter(({ parts }) => parts.includes('state') || parts.includes('lost'));
    const to = way > 0 ? phases.find(({ at }) => at > player.t) : phases.findLast(({ at }) => at < player.t);
    player.seek(to?.at ?? way * Infinity, { glide: true });
  }

  /** @param {number} shown */
  function frame(shown) {
    const x = place(shown);
    move(thumb, x, 0);
    move(pin, scale ? (Math.max(0, shown) / (scale.end || 1)) * length : 0, 0);
    done.style.transform = `scaleX(${width ? (x / width).toFixed(4) : 0})`;
    // Where the run is, not where the picture is gliding to: this is read.
    const now = voice.clock(Math.max(0, player.t));
    if (clock.textContent !== now) clock.textContent = now;
  }

  return {
    frame,
    focus: () => scrub.focus({ preventScroll: true }),
    /** @param {Scale} newScale @param {import('./types').Marks} picture @param {readonly Event[]} events */
    show(newScale, picture, events) {
      scale = newScale;
      instants = picture.instants;
      drawStrip(picture);
      marks = instants.map(({ at, first, last }) => ({ at, parts: tickOf(events.slice(first, last + 1)) }));
      total.textContent = ` / ${voice.time(scale.end)}`;
      drawTicks();
    },
    /** The parts that change with the step, not with the frame. @param {number} count @param {number} of @param {string} states */
    say(count, of, states) {
      scrub.setAttribute('aria-valuemax', String(Math.max(1, of)));
      scrub.setAttribute('aria-valuenow', String(count));
      scrub.setAttribute('aria-valuetext', voice.ui('scrub.value', { time: voice.clock(Math.max(0, player.t)), n: count, of, states }));
    },
    /** Whether it plays, and how fast. */
    changed() {
      const word = voice.ui(player.playing ? 'pause' : player.atEnd && scale ? 'replay' : 'play');
      play.dataset.state = player.playing ? 'pause' : 'play';
      play.setAttribute('aria-label', word);
      if (play.lastElementChild) play.lastElementChild.textContent = word;
      speed.textContent = voice.ui('speed.value', { n: player.speed });
      speed.setAttribute('aria-label', `${voice.ui('speed')} ${player.speed}×`);
    },
  };
}
