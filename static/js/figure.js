/**
 * figure.js: one figure of the page, from the wire to the picture and back.
 *
 *     splice -> run -> marks, scale -> player -> (shown, t) -> ladder, transport, why, transcript
 *     slider, button, click, key -> a line of the notation -> session -> splice
 *
 * Nothing here draws and nothing here knows TCP; this is the place where the parts meet. What a learner can do to a figure
 * is a handful of functions (`deeds`), and mouse, touch and keyboard all end in one of them.
 */

import { createControls, fateLine, instantOf, isFate, ownFate, without } from './controls.js';
import { differences, sameMoment } from './compare.js';
import { arrowOf, createLadder } from './ladder.js';
import { createPlayer } from './player.js';
import { createPopover } from './popover.js';
import { createTranscript } from './transcript.js';
import { createTransport } from './transport.js';
import { createPanels, dressed } from './panels.js';
import { createWhy, mainOf } from './why.js';
import { createHistory } from './history.js';
import { listen } from './keys.js';
import { settings } from './settings.js';
import { html } from './svg.js';
import { marksOf } from './marks.js';
import { stateAt } from './fold.js';
import { timescale } from './timescale.js';

/**
 * @typedef {import('./types').Event} Event @typedef {import('./types').Run} Run @typedef {import('./types').Marks} Marks
 * @typedef {import('./types').Scale} Scale
 */

/**
 * @param {HTMLElement} root the `figure` element
 * @param {object} door
 * @param {import('./voice.js').Voice} door.voice
 * @param {(at: number, line: string, finished: boolean) => void} door.control
 * @param {(log: string[] | ((now: string[]) => string[]), finished?: boolean) => void} door.open
 */
export function createFigure(root, { voice, control, open }) {
  const stage = /** @type {HTMLElement} */ (root.querySelector('[data-part="stage"]'));
  const list = /** @type {HTMLElement | null} */ (root.querySelector('[data-part="list"]'));
  const part = (/** @type {string} */ name) => html('div', { class: name });
  const [bar, ladderRoot, panelsRoot, rail] = [part('controls'), part('ladder'), part('panels'), part('transport')];
  const status = html('p', { class: 'status', role: 'status' });
  stage.replaceChildren(bar, ladderRoot, panelsRoot, rail, status);
  stage.setAttribute('role', 'group');
  stage.setAttribute('aria-label', voice.ui('ladder'));

  /** @type {Run | null} */
  let run = null;
  /** @type {Marks | null} */
  let marks = null;
  /** @type {Scale | null} */
  let scale = null;
  /** @type {Map<number, Event>} */
  let sent = new Map();
  /** @type {number | null} */
  let selected = null;
  /** @type {number | null} the event that the learner asks about, while the playhead is at its instant */
  let asked = null;
  /** @type {number[]} the effects from which "why?" has led here */
  let trail = [];
  /** @type {import('./timescale.js').Mode} */
  let mode = 'compressed';
  /** @type {Run | null} the run before the last edit, until it is dismissed */
  let ghost = null;
  /** @type {{open(): void} | null} */
  let help = null;
  let told = '';
  let seen = NaN;
  let rewind = Infinity;

  const history = createHistory();
  const sentOf = (/** @type {number} */ seg) => sent.get(seg);
  const player = createPlayer({ draw, changed, still: () => settings.still });
  const ladder = createLadder(ladderRoot, { voice, select: (seg) => select(seg, true), fate, wake: () => player.wake(), skip, forget });
  const transport = createTransport(rail, voice, player, { axis, help: showHelp });
  const whyRoot = html('div', { class: 'why-text' });
  const why = createWhy(whyRoot, voice, walkCause);
  const panels = createPanels(panelsRoot, voice, root.id, [
    { name: 'why', load: (body) => (body.append(whyRoot), why) },
    { name: 'segment', load: async (body) => (await import('./panels/segment.js')).createSegment(body, voice) },
    { name: 'states', load: async (body) => (await import('./panels/statechart.js')).createStatechart(body, voice) },
    { name: 'sockets', load: async (body) => (await import('./panels/sockets.js')).createSockets(body, voice) },
    { name: 'calls', load: async (body) => (await import('./panels/calls.js')).createCalls(body, voice, { choose: (n) => chooseRow(n) }) },
  ]);
  stage.append(why.live);
  const transcript = list && createTranscript(list, voice, chooseRow);
  const controls = createControls(bar, voice, { control: edit, open: reopen, undo, rest: () => transport.focus() });
  const popover = createPopover(ladder.sheet, voice, { fate, close: () => select(null), left: () => ladder.focus() });

  new IntersectionObserver((seen) => player.setVisible(seen[seen.length - 1].isIntersecting)).observe(stage);
  listen(root, {
    walk, fate, skip, help: showHelp, selected: () => selected,
    toggle: () => (player.playing ? player.pause() : player.play()),
    step: (way) => player.step(way),
    end: (way) => player.seek(way * Infinity),
    why: (way) => {
      panels.open('why');
      walkCause(way);
    },
    escape: () => (selected === null ? panels.close() : (select(null), true)),
  }, settings);

  /** @param {number} shown @param {number} t @param {number} ms */
  function draw(shown, t, ms) {
    transport.frame(shown);
    const moves = ladder.frame(shown, t, ms);
    tellOnce(t);
    panels.tick(Math.max(0, t));
    ladder.wait(scale && waiting() ? scale.factor(t) : 0);
    return moves;
  }

  /** What changes from step to step and not from frame to frame. @param {number} t */
  function tellOnce(t) {
    if (!run || !marks) return;
    const scene = sceneAt(run, marks, t);
    const { world, instant } = scene;
    const place = `${run.rev} ${instant?.first} ${world.count}`;
    const mark = `${place} ${asked} ${selected}`;
    if (mark === told) return;
    const [again, moved] = [told.startsWith(`${run.rev} `), !told.startsWith(`${place} `)];
    told = mark;
    panels.draw(scene);
    if (!moved) return;
    controls.follow(world);
    const states = marks.hosts.map((host) => `${voice.host(host)} ${world.hosts[host]?.state ?? ''}`).join(voice.comma);
    transport.say(instant ? instant.last + 1 : 0, run.events.length, states);
    transcript?.follow(instant?.first ?? 0, instant ? instant.last + 1 : world.count);
    if (instant && again && asked === null) why.speak(run.events.slice(instant.first, instant.last + 1), sentOf, player.playing);
  }

  /** @param {Run} run @param {Marks} marks @param {number} t @returns {import('./types').Scene} */
  function sceneAt({ events, facts }, marks, t) {
    const i = marks.instants.findLastIndex((i) => i.at <= t);
    const [instant, before] = [marks.instants[i], marks.instants[i - 1]];
    // Whoever moves on has stopped asking.
    if (asked !== null && events[asked]?.at !== instant?.at) [asked, trail] = [null, []];
    const focus = asked ?? (instant ? mainOf(events, instant.first, instant.last) : 0);
    const since = before ? instant.at - before.at : 0;
    return { events, marks, facts: /** @type {import('./types').Facts} */ (facts), world: stateAt(events, t), t, instant, since, focus, trail: trail.length > 0, selected, sentOf };
  }

  function changed() {
    transport.changed();
    if (player.playing) popover.hide();
    // Whoever moves the playhead wants to see it; scrolling while it plays does not come here.
    if (player.playing || player.t !== seen) ladder.follow();
    seen = player.t;
  }

  /** @param {string} line @param {boolean} finished */
  function edit(line, finished) {
    player.pause();
    if (finished) popover.hide();
    // Before the first instant nothing is under way, not even what is sent at 0: the line is about the whole run.
    if (player.t < 0 && isFate(line)) return reopen((log) => [...log, line]);
    const at = instantOf(run?.events ?? [], player.t);
    if (player.t >= 0 && at !== player.t) player.seek(at);
    control(at, line, finished);
  }

  /** @param {number} seg */
  function fate(seg) {
    const arrow = marks && arrowOf(marks, seg);
    if (!run || !arrow || arrow.copy) return;
    // To see what becomes of it one has to be there when it is sent.
    rewind = arrow.sent;
    const own = ownFate(run.log, arrow);
    if (own < 0) edit(fateLine(arrow), true);
    // Another edit may be on its way: what is taken back is found in the log that it makes.
    else reopen((log) => without(log, ownFate(log, arrow)));
  }

  /** @param {string[] | ((now: string[]) => string[])} log */
  function reopen(log) {
    player.pause();
    open(log);
  }

  function undo() {
    reopen((now) => history.back(now));
  }

  /** @param {number | null} seg @param {boolean} [focus] */
  function select(seg, focus = false) {
    selected = seg;
    ladder.mark(seg, focus);
    const arrow = seg === null ? null : marks && arrowOf(marks, seg);
    if (!arrow || !scale || !ladder.layout) popover.hide();
    else {
      ladder.reveal(arrow.sent);
      popover.show(arrow, scale, ladder.layout, ladder.view());
    }
    transcript?.select(arrow ? arrow.sentN : -1);
    player.wake();
  }

  /** An event was chosen: its row, its segment, its instant and its reason, everywhere. @param {number} n @param {number[]} [from] the effects that led here */
  function chooseRow(n, from = []) {
    const event = run?.events[n];
    if (!event) return;
    [asked, trail] = [n, from];
    player.seek(event.at, { glide: true });
    selected = event.seg ?? null;
    ladder.mark(selected, false);
    transcript?.select(n);
  }

  /** Ask why of what is explained now, or go back to what the last answer was about. @param {1 | -1} way */
  function walkCause(way) {
    if (!run || !marks) return;
    const { events } = run;
    const { instant, focus } = sceneAt(run, marks, player.t);
    if (!instant) return;
    const to = way > 0 ? events[focus].cause : trail[trail.length - 1];
    if (to === undefined) return why.announce(voice.ui('why.root'));
    chooseRow(to, way > 0 ? [...trail, focus] : trail.slice(0, -1));
    const { seg } = events[to];
    why.announce(voice.sentence(events[to], seg === undefined ? undefined : sentOf(seg)));
  }

  /** The wait that is being played, if one is. */
  function waiting() {
    return player.playing ? scale?.waits.find((w) => player.t > w.from && player.t < w.to) : undefined;
  }

  /** Leave the rest of a wait out, up to a moment before what ends it. */
  function skip() {
    const wait = waiting();
    if (wait && scale) player.skip(scale.at(scale.y(wait.to) - 20));
  }

  /** Another axis under the same run: the playhead keeps its time. @param {import('./timescale.js').Mode} to */
  function axis(to) {
    mode = to;
    if (!run || !marks) return;
    player.pause();
    picture(run, marks);
    player.load(/** @type {Scale} */ (scale), marks.instants, player.t < 0 ? -Infinity : player.t);
    select(selected);
    popover.hide();
  }

  /** @param {Run} run @param {Marks} marks */
  function picture({ events, facts }, marks) {
    scale = timescale(events, { delay: facts?.delay ?? 0, mode });
    ladder.show(events, marks, scale, ghost && marksOf(ghost.events, { hosts: marks.hosts, delay: ghost.facts?.delay ?? 0 }));
    transport.show(scale, marks, events);
  }

  /** The run before the last edit has been compared enough. */
  function forget() {
    ghost = null;
    if (run && marks) picture(run, marks);
    ladder.mark(selected, false);
    // The button that had the focus is gone with what it hid.
    /** @type {SVGElement | null} */ (ladderRoot.querySelector('.seg[tabindex="0"]'))?.focus({ preventScroll: true });
    player.wake();
  }

  async function showHelp() {
    player.pause();
    await dressed();
    help ??= (await import('./panels/help.js')).createHelp(stage, voice, settings);
    help.open();
  }

  /** @param {number | null} from @param {1 | -1} way */
  function walk(from, way) {
    if (!marks?.arrows.length) return;
    const i = marks.arrows.findIndex((a) => a.seg === from);
    select(marks.arrows[Math.min(Math.max(i + way, 0), marks.arrows.length - 1)].seg, true);
  }

  return {
    /**
     * The run as it is now. The playhead stays where it is, or on the event where it is.
     * @param {Run} next @param {{kind: string, finished: boolean} | null} answered the request that this answers
     * @param {boolean} waiting
     */
    show(next, answered, waiting) {
      const facts = next.facts;
      if (!facts) return;
      const first = !run;
      const before = run;
      const was = before && selected !== null ? sent.get(selected) : undefined;
      const focused = focusIn(ladderRoot);
      const at = before ? Math.min(rewind, sameMoment(before.events, player.t, next.events)) : -Infinity;
      run = next;
      voice.setFacts(facts);
      sent = new Map(next.events.flatMap((e) => (e.ev === 'sent' || e.ev === 'copied' ? [[e.seg ?? 0, e]] : [])));
      marks = marksOf(next.events, { hosts: facts.hosts.map((h) => h.name), delay: facts.delay });
      ghost = answered?.kind === 'open' && !answered.finished ? null : history.differs(next) ? history.settled : ghost;
      picture(next, marks);
      transcript?.show(next.events, sentOf);
      controls.show(next, waiting);
      told = first ? '' : told;
      [asked, trail] = [null, []];
      player.load(/** @type {Scale} */ (scale), marks.instants, at);
      keepSelection(was, focused);
      root.dataset.ready = 'true';
      root.dataset.rev = String(next.rev);
      root.dataset.end = String(next.end);
      if (!answered) return history.grow(next);
      if (history.differs(next) && history.settled && next.end) controls.tell(voice.changes(differences(history.settled.events, next.events)));
      rewind = Infinity;
      history.settle(next, answered);
    },
    /** @param {string} words @param {boolean} bad @param {string} [detail] */
    tell(words, bad, detail) {
      if (bad) history.refused();
      controls.tell(words, bad, detail);
    },
    /** @param {string} words */
    status(words) { if (status.textContent !== words) status.textContent = words; },
    /** Every change of the log that did not come from an edit here, such as Back. */
    get log() { return run?.log ?? null; },
  };

  /** The selected segment may have another number in the new run, and so may the one that has the focus. @param {Event | undefined} was @param {ReturnType<typeof focusIn>} focused */
  function keepSelection(was, focused) {
    const again = (/** @type {Event | undefined} */ was) => was && [...sent.values()].find((e) => e.ev === was.ev && e.host === was.host && e.kind === was.kind && e.nth === was.nth);
    selected = again(was)?.seg ?? null;
    ladder.mark(selected, false);
    popover.hide();
    if (!focused || !marks) return;
    const near = marks.arrows[Math.min(focused.place, marks.arrows.length - 1)]?.seg;
    ladder.focus(again(focused.event)?.seg ?? near);
  }

  /** The segment that has the keyboard's focus, itself or its card. @param {HTMLElement} ladderRoot */
  function focusIn(ladderRoot) {
    const active = document.activeElement;
    if (!active || !ladderRoot.contains(active)) return null;
    const own = active.closest('.seg')?.getAttribute('data-seg') ?? (active.closest('.popover') ? selected : null);
    if (own === null || own === undefined) return null;
    return { event: sent.get(Number(own)), place: Math.max(0, marks?.arrows.findIndex((a) => a.seg === Number(own)) ?? 0) };
  }
}
