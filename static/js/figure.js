/**
 * figure.js: one figure of the page, where the parts meet.
 */

import { createControls } from './controls.js';
import { arrowOf, createLadder } from './ladder.js';
import { createPlayer } from './player.js';
import { createTransport } from './transport.js';
import { createPanels, dressed, mainOf } from './panels.js';
import { keyboard } from './keys.js';
import { settings } from './settings.js';
import { html } from './svg.js';
import { marksOf } from './marks.js';
import { stateAt } from './fold.js';
import { timescale } from './timescale.js';

/**
 * @typedef {import('./types').Event} Event @typedef {import('./types').Run} Run @typedef {import('./types').Marks} Marks
 * @typedef {import('./types').Scale} Scale
 */

/** @param {HTMLElement} root the `figure` element @param {import('./types').Door} door */
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
  /** The axis that was asked for last. @type {import('./types').Mode} */
  let asksFor = 'compressed';
  /** The axis that is chosen. @type {(events: readonly Event[], options: {delay: number}) => Scale} */
  let axisOf = timescale;
  /** @type {{open(): void} | null} */
  let help = null;
  let told = '';
  let seen = NaN;
  /** The view of many connections, if the figure has them. @type {import('./types').Fleet | null} */
  let fleet = null;
  /** @type {import('./types').Guest | null} what asks the learner about this figure */
  let guest = null;
  /** @type {import('./types').Ear | null} whoever else is told of each step */
  let ear = null;

  const live = html('p', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
  const sentOf = (/** @type {number} */ seg) => sent.get(seg);
  const player = createPlayer({ draw, changed, still: () => settings.still });
  const ladder = createLadder(ladderRoot, { voice, select: (seg) => select(seg, true), fate, wake: () => player.wake(), skip, forget, letter: settings.letter });
  const transport = createTransport(rail, voice, player, { axis, help: showHelp, letter: settings.letter });
  const panels = createPanels(panelsRoot, voice, root.id, [
    { name: 'why', load: async (body) => (await import('./panels/why.js')).createWhy(body, voice, walkCause, settings.letter) },
    { name: 'segment', load: async (body) => (await import('./panels/segment.js')).createSegment(body, voice) },
    { name: 'states', load: async (body) => (await import('./panels/statechart.js')).createStatechart(body, voice) },
    { name: 'sockets', load: async (body) => (await import('./panels/sockets.js')).createSockets(body, voice) },
    { name: 'calls', load: async (body) => (await import('./panels/calls.js')).createCalls(body, voice, { choose: (n) => chooseRow(n) }) },
  ]);
  stage.append(live);
  const controls = createControls(bar, voice, { control: edit, reset: () => rest().then(({ edits }) => edits.reset()), undo: () => rest().then(({ edits }) => edits.undo()) });

  /** @typedef {import('./types').Rest} Rest */
  /** @type {Promise<Rest> | null} */
  let loading = null;
  /** @type {Rest | null} */
  let loaded = null;

  /** @returns {Promise<Rest>} */
  async function load() {
    const [{ createEdits }, { createTranscript }, { createSpeech }] = await Promise.all([import('./edits/edits.js'), import('./panels/transcript.js'), import('./panels/speech.js'), voice.learn()]);
    const edits = createEdits({ voice, player, ladder, controls, run, deeds: { control, open, select, arrow, rest: () => transport.focus() } });
    loaded = { edits, transcript: list && createTranscript(list, voice, chooseRow), speech: createSpeech(live, voice, settings) };
    if (run) loaded.transcript?.show(run.events, sentOf);
    return loaded;
  }

  function rest() {
    return (loading ??= load().catch((error) => {
      loading = null;
      throw error;
    }));
  }
  const near = () => void rest();
  for (const sign of ['pointerenter', 'pointerdown', 'focusin']) root.addEventListener(sign, near, { once: true });
  list?.addEventListener('click', (e) => {
    const row = loaded ? null : /** @type {Element} */ (e.target).closest('li');
    if (row instanceof HTMLElement) void rest().then(() => chooseRow(Number(row.dataset.n)));
  });

  new IntersectionObserver((seen) => player.setVisible(seen[seen.length - 1].isIntersecting)).observe(stage);
  root.addEventListener('keydown', keyboard({
    walk, fate, skip, where, help: showHelp, selected: () => selected,
    toggle: () => (player.playing ? player.pause() : player.play()),
    step: (way) => player.step(way),
    end: (way) => player.seek(way * Infinity),
    why: (way) => {
      panels.open('why');
      walkCause(way);
    },
    escape: () => (selected === null ? panels.close() : (select(null), true)),
  }, settings));

  /** @param {number} shown @param {number} t @param {number} ms */
  function draw(shown, t, ms) {
    transport.frame(shown);
    const moves = ladder.frame(shown, t, ms, player.playing && !settings.still);
    fleet?.frame(shown);
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
    fleet?.draw(scene);
    if (!moved) return;
    controls.follow(world);
    const states = marks.hosts.map((host) => endOf(world, host)).join(voice.comma);
    transport.say(instant ? instant.last + 1 : 0, run.events.length, states);
    loaded?.transcript?.follow(instant?.first ?? 0, instant ? instant.last + 1 : world.count);
    guest?.at(t);
    const here = instant ? run.events.slice(instant.first, instant.last + 1) : [];
    ear?.(here, sentOf);
    if (!instant || !again || asked !== null) return;
    const { hosts } = marks;
    if (settings.sound) void import('./panels/sound.js').then(({ sound }) => sound(here, sentOf, hosts));
    void rest().then(({ speech }) => speech.speak(here, sentOf, player.playing));
  }

  /** @param {import('./types').World} world @param {string} host */
  const endOf = (world, host) => `${voice.host(host)} ${world.hosts[host]?.state ?? ''}`;

  /** Say where the run is and how long the waits still last: a countdown is never read out by itself. */
  function where() {
    if (!run || !marks) return;
    const t = Math.max(0, player.t);
    const world = stateAt(run.events, player.t);
    const ends = marks.hosts.map((host) => {
      const wait = world.hosts[host]?.timers.TIME_WAIT;
      return [endOf(world, host), wait && voice.left(Math.max(0, wait.due - t))].filter(Boolean).join(voice.comma);
    });
    void rest().then(({ speech }) => speech.announce(voice.ui('live', { time: voice.clock(t), sentences: ends.join(voice.stop) })));
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
    if (player.playing) loaded?.edits.popover.hide();
    // Whoever moves the playhead wants to see it; scrolling while it plays does not come here.
    if (player.playing || player.t !== seen) ladder.follow();
    seen = player.t;
  }

  /** @param {number} seg */
  const arrow = (seg) => (marks && arrowOf(marks, seg)) ?? null;

  /** @param {string} line @param {boolean} finished */
  function edit(line, finished) {
    if (guest?.asking()) return;
    void rest().then(({ edits }) => edits.make(line, finished));
  }

  /** @param {number} seg @param {'turn' | 'hold' | 'dup'} [what] */
  function fate(seg, what = 'turn') {
    if (guest?.asking()) return;
    void rest().then(({ edits }) => (what === 'turn' ? edits.turn(seg) : edits.decide(seg, what)));
  }

  /** @param {number | null} seg @param {boolean} [focus] */
  function select(seg, focus = false) {
    selected = seg;
    ladder.mark(seg, focus);
    const chosen = seg === null ? null : arrow(seg);
    if (chosen) ladder.reveal(chosen.sent);
    loaded?.transcript?.select(chosen ? chosen.sentN : -1);
    player.wake();
    if (!chosen) return loaded?.edits.popover.hide();
    void rest().then(({ edits }) => selected === seg && scale && ladder.layout && edits.popover.show(chosen, scale, ladder.layout, ladder.view(), edits.fateOf(chosen)));
  }

  /** An event was chosen: its row, its segment, its instant and its reason, everywhere. @param {number} n @param {number[]} [from] the effects that led here */
  function chooseRow(n, from = []) {
    const event = run?.events[n];
    if (!event) return;
    [asked, trail] = [n, from];
    player.seek(event.at, { glide: true });
    selected = event.seg ?? null;
    ladder.mark(selected, false);
    loaded?.transcript?.select(n);
  }

  /** Ask why of what is explained now, or go back to what the last answer was about. @param {1 | -1} way */
  function walkCause(way) {
    if (!run || !marks) return;
    const { events } = run;
    const { instant, focus } = sceneAt(run, marks, player.t);
    if (!instant) return;
    const to = way > 0 ? events[focus].cause : trail[trail.length - 1];
    if (to !== undefined) chooseRow(to, way > 0 ? [...trail, focus] : trail.slice(0, -1));
    void rest().then(({ speech }) => {
      const { seg } = events[to ?? focus];
      speech.announce(to === undefined ? voice.ui('why.root') : voice.sentence(events[to], seg === undefined ? undefined : sentOf(seg)));
    });
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

  /** Another axis under the same run: the playhead keeps its time. @param {import('./types').Mode} mode */
  async function axis(mode) {
    player.pause();
    asksFor = mode;
    const { straight } = await import('./panels/axes.js');
    if (asksFor !== mode) return; // somebody has chosen again meanwhile
    axisOf = mode === 'compressed' ? timescale : (events, { delay }) => straight(events, delay, mode);
    if (!run || !marks) return;
    picture(run, marks);
    player.load(/** @type {Scale} */ (scale), marks.instants, player.t < 0 ? -Infinity : player.t);
    select(selected);
    loaded?.edits.popover.hide();
  }

  /** @param {Run} next */
  async function many({ rev }) {
    stage.dataset.load = '';
    const [{ createFleet }] = await Promise.all([import('./panels/fleet.js'), dressed('fleet')]);
    fleet ??= createFleet(stage, ladderRoot, voice);
    if (run?.facts && run.rev === rev) fleet.show(run.events, run.facts, loaded?.edits.before() ?? null);
    told = '';
    player.wake();
  }

  /** @param {Run} run @param {Marks} marks */
  function picture({ events, facts }, marks) {
    scale = axisOf(events, { delay: facts?.delay ?? 0 });
    ladder.show(events, marks, scale, loaded?.edits.ghost(marks) ?? null);
    transport.show(scale, marks, events);
  }

  /** The run before the last edit has been compared enough. */
  function forget() {
    loaded?.edits.forget();
    if (run && marks) picture(run, marks);
    if (run?.facts?.load) void many(run);
    ladder.mark(selected, false);
    // The button that had the focus is gone with what it hid.
    ladder.focus();
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
     * The run as it is now.
     * @param {Run} next @param {{kind: string, finished: boolean} | null} answered the request that this answers
     * @param {boolean} waiting
     */
    show(next, answered, waiting) {
      const facts = next.facts;
      if (!facts) return;
      if (!loaded && run) return void rest().then(() => this.show(next, answered, waiting));
      const first = !run;
      const before = run;
      const held = before && loaded?.edits.held(ladderRoot, selected, sent, marks);
      const at = before ? (before.rev !== next.rev && loaded ? loaded.edits.moment(before, next) : player.t) : -Infinity;
      loaded?.edits.coming(next, answered);
      run = next;
      voice.setFacts(facts);
      sent = new Map();
      // A copy is told by its original.
      for (const e of next.events) if (e.ev === 'sent' || e.ev === 'copied' || e.ev === 'injected') sent.set(e.seg ?? 0, { ...sent.get(e.of ?? -1), ...e });
      marks = marksOf(next.events, { hosts: facts.hosts.map((h) => h.name), delay: facts.delay });
      picture(next, marks);
      loaded?.transcript?.show(next.events, sentOf);
      told = first ? '' : told;
      [asked, trail] = [null, []];
      player.load(/** @type {Scale} */ (scale), marks.instants, at);
      if (facts.load) void many(next);
      if (held) selected = held(sent, marks);
      else ladder.mark(null, false);
      loaded?.edits.show(next, answered);
      controls.show(next, waiting);
      if (next.log.length) near();
      root.dataset.ready = 'true';
      root.dataset.rev = String(next.rev);
      root.dataset.end = String(next.end);
      guest?.show(next);
    },
    /** Whoever asks the learner something hears of each run and each step, and may move the playhead. @param {import('./types').Guest} asks */
    attach(asks) {
      guest = asks;
      return {
        sentOf, near, draft: ladder.draft, choose: (/** @type {number} */ n) => chooseRow(n),
        /** @param {string} words */
        announce: (words) => void rest().then(({ speech }) => speech.announce(`${live.textContent} ${words}`)),
        /** @param {number} t */
        playFrom(t) {
          player.seek(t);
          player.play();
        },
      };
    },
    /** Tell somebody of each step, beginning with this one. @param {import('./types').Ear | null} other */
    listen(other) {
      [ear, told] = [other, ''];
      player.wake();
    },
    /** @param {boolean} bad @param {string} line @param {string} [detail] */
    tell: (bad, line, detail) => void rest().then(({ edits }) => edits.tell(bad, line, detail)),
    /** @param {string} words */
    status(words) { if (status.textContent !== words) status.textContent = words; },
    /** What is shown, for whoever takes it along. */
    get run() { return run; },
    step: (/** @type {1 | -1} */ way) => player.step(way),
    toggle: () => (player.playing ? player.pause() : player.play()),
    /** Every change of the log that did not come from an edit here, such as Back. */
    get log() { return run?.log ?? null; },
  };
}
