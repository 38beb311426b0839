/**
 * controls.js: what the learner can change, as lines of the one notation.
 *
 * The first half is pure: a knob and a value make a line, a line makes words again, the weather at the playhead makes the
 * values that the knobs show. The second half is the row of sliders, buttons and chips above the ladder. Nothing here knows
 * what a line does; the server does, and answers every one with the whole log, which the chips then show.
 *
 * A slider that is being dragged sends what it passes (figure.js keeps one line in flight), and says at the end that it
 * has finished: only then does the address take the edit (rulings 7).
 */

/**
 * @typedef {import('./types').Knob} Knob @typedef {import('./types').Facts} Facts @typedef {import('./types').World} World
 * @typedef {import('./voice.js').Voice} Voice
 */

/**
 * A value in the shortest exact form of the notation: `20%`, `50ms`, `3s`, `1.5s`.
 * @param {Knob} knob @param {number} value
 */
export function notation(knob, value) {
  if (knob.unit === '%') return `${value / 1e4}%`;
  if (knob.unit !== 'time') return String(value);
  if (value === 0) return '0s';
  if (value % 1000) return `${value}us`;
  return value % 1_000_000 === 0 || (value >= 1_000_000 && value % 100_000 === 0) ? `${value / 1e6}s` : `${value / 1e3}ms`;
}

/** @param {Knob} knob @param {number} value */
export function lineOf(knob, value) {
  return knob.do.replace('{}', notation(knob, value));
}

/**
 * What a knob shows at the playhead: weather follows the events, everything else holds for the whole run.
 * @param {Knob} knob @param {World} world
 */
export function valueAt(knob, world) {
  const parts = /^link (?:(\w+) )?(loss|delay) \{\}$/.exec(knob.do);
  if (!parts) return knob.value;
  const what = /** @type {'loss' | 'delay'} */ (parts[2]);
  // A knob for both directions shows what both have; where they differ, what was said last for both.
  const set = world.link[parts[1] ?? '']?.[what] ?? (parts[1] ? world.link['']?.[what] : undefined);
  return set ?? knob.value;
}

/**
 * The line that turns the fate of a segment: lose it, or deliver a lost one.
 * @param {{from: string, kind: string, nth: number, fate: string}} segment
 */
export function fateLine(segment) {
  return `${segment.fate === 'lost' ? 'deliver' : 'drop'} ${segment.from} ${segment.kind}#${segment.nth}`;
}

/**
 * The place in the log of the learner's own line about the fate of a segment, or -1. To turn that fate again is to take the
 * line back; a second line that says the opposite would only say what the figure does anyway.
 * @param {string[]} log @param {{from: string, kind: string, nth: number}} segment
 */
export function ownFate(log, segment) {
  const name = `${segment.from} ${segment.kind}#${segment.nth}`;
  return log.findLastIndex((line) => {
    const fate = /^(?:at \S+ )?(?:drop|deliver) (.+)$/.exec(line);
    return fate?.[1] === name;
  });
}

/**
 * The log as it would be with one line less: taking back an edit.
 * @param {string[]} log @param {number} index
 */
export function without(log, index) {
  return log.filter((_, i) => i !== index);
}

/**
 * Does a line decide what becomes of one segment?
 * @param {string} line
 */
export function isFate(line) {
  return /^(?:drop|deliver|hold|dup) /.test(line);
}

/**
 * The instant of an edit that is made with the playhead at t: in whole milliseconds, as people write it, unless one of them
 * would lie before an event that is shown already or reach one that is not shown yet.
 * @param {readonly {at: number}[]} events @param {number} t
 */
export function instantOf(events, t) {
  const now = Math.max(0, Math.floor(t));
  const last = Math.max(0, events.findLast((e) => e.at <= now)?.at ?? 0);
  const next = events.find((e) => e.at > now)?.at ?? Infinity;
  const near = Math.round(t / 1000) * 1000;
  const at = near < last ? near + 1000 : near;
  if (at >= last && at < next) return at;
  return at - 1000 >= last ? at - 1000 : now;
}

/**
 * The log without one of its lines, wherever it stands by now.
 * @param {string[]} log @param {string} line
 */
export function takenBack(log, line) {
  return without(log, log.lastIndexOf(line));
}

/**
 * A line of the log in words. What it does not recognise it leaves as it is written: the notation is readable, too.
 * @param {string} line @param {Voice} voice
 * @returns {string}
 */
export function readable(line, voice) {
  const at = /^at (\S+) (.+)$/.exec(line);
  // Weather holds from its instant on; everything else happens at it.
  if (at) return voice.ui(at[2].startsWith('link') ? 'edit.at' : 'edit.when', { at: spaced(at[1]), edit: readable(at[2], voice) });
  const fate = /^(drop|deliver|hold|dup) (\w+) (\w+)#(\d+)(?: (\S+))?$/.exec(line);
  if (fate) return voice.ui(`edit.${fate[1]}`, { host: voice.host(fate[2]), kind: fate[3], nth: fate[4], for: spaced(fate[5] ?? '') });
  const link = /^link (?:(\w+) )?(loss|delay) (\S+)$/.exec(line);
  if (link) {
    const edit = voice.ui(`edit.${link[2]}`, { value: spaced(link[3]) });
    return link[1] ? voice.ui('edit.host', { edit, host: voice.host(link[1]) }) : edit;
  }
  const move = /^move (\w+) close (\S+)$/.exec(line);
  if (move) return voice.ui('edit.move', { host: voice.host(move[1]), value: spaced(move[2]) });
  const set = /^(msl|time-wait) (\S+)$/.exec(line);
  if (set) return voice.ui(`edit.${set[1]}`, { value: spaced(set[2]) });
  const call = /^([a-z][a-z0-9-]*) (close|shutdown|abort|connect|send \d+)$/.exec(line);
  if (call) return voice.ui('edit.call', { host: voice.host(call[1]), call: call[2].startsWith('send') ? call[2].replace(/ (\d+)/, '($1)') : `${call[2]}()` });
  return line;
}

/** `1.5s` as people write it: `1.5 s`. @param {string} value */
function spaced(value) {
  return value.replace(/(\d)(us|ms|s|%)$/, '$1 $2').replace('us', 'µs');
}

/** @param {Knob} knob @param {Voice} voice */
export function knobName(knob, voice) {
  const close = /^move (\w+) close/.exec(knob.do);
  if (close) return voice.ui('knob.close', { host: voice.host(close[1]) });
  const words = knob.name.split(' ');
  const what = words[words.length - 1];
  const known = /^(loss|delay|msl|time-wait|lifetime)$/.test(what) ? voice.ui(`knob.${what}`) : what;
  return words.length > 1 ? voice.ui('knob.of', { what: known, host: voice.host(words[0]) }) : known;
}

/** @param {Knob} knob @param {number} value @param {Voice} voice */
export function knobValue(knob, value, voice) {
  if (knob.unit === '%') return value === 0 ? `0 %` : voice.share(value);
  return knob.unit === 'time' ? voice.roughly(value) : String(value);
}

/** @param {string} action `server close`, `client send 10` @param {Voice} voice */
export function actionName(action, voice) {
  const [host, call, len] = action.split(' ');
  return /^(close|shutdown|abort|connect|send)$/.test(call) ? voice.ui(`action.${call}`, { host: voice.host(host), len: len ?? '' }) : action;
}

/**
 * @param {HTMLElement} root @param {Voice} voice
 * @param {{control(line: string, finished: boolean): void, open(log: string[] | ((now: string[]) => string[])): void, undo(): void, rest(): void}} deeds `rest` gives the keyboard a place when its own has gone
 */
export function createControls(root, voice, deeds) {
  const knobs = part('div', 'knobs');
  knobs.setAttribute('role', 'group');
  knobs.setAttribute('aria-label', voice.ui('knobs'));
  const actions = part('div', 'actions');
  // Not `disabled`, which would throw the focus off the page: the last Undo must leave it where it is.
  const undo = button(voice.ui('undo'), () => undo.ariaDisabled === 'true' || deeds.undo());
  const reset = button(voice.ui('reset'), () => reset.ariaDisabled === 'true' || deeds.open([]));
  const edits = part('ul', 'edits');
  edits.setAttribute('aria-label', voice.ui('edits'));
  const notice = part('p', 'notice');
  notice.setAttribute('role', 'status');
  root.append(row('controls-row', knobs, actions), row('edits-row', edits, notice, row('history', undo, reset)));

  /** @type {{knob: Knob, input: HTMLInputElement, output: HTMLElement, held: boolean}[]} */
  let sliders = [];
  let shape = '';
  let listed = '';
  let lines = 0;

  /** @param {Facts} facts */
  function build(facts) {
    sliders = (facts.knobs ?? []).map((knob) => slider(knob));
    knobs.replaceChildren(...sliders.map(({ input }) => /** @type {Node} */ (input.parentElement)));
    actions.replaceChildren(...(facts.actions ?? []).map((action) => button(actionName(action, voice), () => deeds.control(action, true))));
  }

  /** @param {Knob} knob */
  function slider(knob) {
    const label = document.createElement('label');
    label.className = 'knob';
    const name = row('knob-name', Object.assign(part('span', 'long'), { textContent: knobName(knob, voice) }));
    if (knob.name === 'delay') name.append(Object.assign(part('span', 'short'), { textContent: voice.ui('knob.delay.short') }));
    const output = part('output', 'knob-value');
    const input = document.createElement('input');
    Object.assign(input, { type: 'range', min: knob.min, max: knob.max, step: knob.step || 1, value: knob.value });
    input.disabled = !!knob.inert;
    label.append(name, output, input);
    const slot = { knob, input, output, held: false };
    input.addEventListener('input', () => {
      slot.held = true;
      paint(slot, input.valueAsNumber);
      deeds.control(lineOf(slot.knob, input.valueAsNumber), false);
    });
    input.addEventListener('change', () => {
      slot.held = false;
      deeds.control(lineOf(slot.knob, input.valueAsNumber), true);
    });
    return slot;
  }

  /** @param {typeof sliders[number]} slot @param {number} value */
  function paint(slot, value) {
    const { knob, input, output } = slot;
    // What does nothing here says why, in place of a value that would promise something.
    const said = knob.inert ? voice.ui(`inert.${knob.inert}`) : knobValue(knob, value, voice);
    if (output.textContent !== said) output.textContent = said;
    input.setAttribute('aria-valuetext', said);
    input.style.setProperty('--share', String((value - knob.min) / (knob.max - knob.min || 1)));
  }

  return {
    /** A new run: its knobs, its log. @param {import('./types').Run} run @param {boolean} waiting edits are on their way to the server */
    show(run, waiting) {
      const { facts, log } = run;
      if (!facts) return;
      const now = JSON.stringify([facts.actions, (facts.knobs ?? []).map(({ value, ...rest }) => rest)]);
      if (now !== shape) build(facts);
      shape = now;
      (facts.knobs ?? []).forEach((knob, i) => (sliders[i].knob = knob));
      undo.ariaDisabled = reset.ariaDisabled = String(!log.length && !waiting);
      if (listed !== (listed = `log ${log.join(';')}`)) list(log);
    },
    /** The playhead moved: weather knobs follow it. @param {World} world */
    follow(world) {
      for (const slot of sliders) {
        if (slot.held) continue;
        const value = valueAt(slot.knob, world);
        if (slot.input.valueAsNumber !== value) slot.input.value = String(value);
        paint(slot, value);
      }
    },
    /** One line about what the last edit did or why it did not. @param {string} line @param {boolean} [bad] @param {string} [detail] in the server's words, which are English */
    tell(line, bad = false, detail = '') {
      notice.replaceChildren(line, ...(detail ? [' ', serverSays(detail)] : []));
      notice.title = detail;
      notice.classList.toggle('bad', bad);
    },
  };

  /** The edits as chips, the newest in view. @param {string[]} log */
  function list(log) {
    const held = [...edits.querySelectorAll('button')].findIndex((b) => b === document.activeElement);
    const chips = log.map((line) => chip(line, () => deeds.open((now) => takenBack(now, line))));
    const touch = matchMedia('(hover: none)').matches;
    edits.replaceChildren(...(chips.length ? chips : [hintItem(voice.ui(touch ? 'edits.none.touch' : 'edits.none'))]));
    if (log.length > lines) edits.scrollLeft = edits.scrollWidth;
    lines = log.length;
    if (held < 0) return;
    const next = chips[Math.min(held, chips.length - 1)]?.querySelector('button');
    if (next) next.focus();
    else deeds.rest();
  }

  /** @param {string} line @param {() => void} remove */
  function chip(line, remove) {
    const item = document.createElement('li');
    item.className = 'edit';
    const words = readable(line, voice);
    const name = part('span', 'edit-words');
    name.textContent = words;
    name.title = line;
    const close = button('×', remove);
    close.className = 'edit-remove';
    close.setAttribute('aria-label', voice.ui('edits.remove', { edit: words }));
    item.append(name, close);
    return item;
  }
}

/** @template {keyof HTMLElementTagNameMap} K @param {K} tag @param {string} className @returns {HTMLElementTagNameMap[K]} */
function part(tag, className) {
  const node = document.createElement(tag);
  node.className = className;
  return node;
}

/** @param {string} className @param {...HTMLElement} children */
function row(className, ...children) {
  const node = part('div', className);
  node.append(...children);
  return node;
}

/** @param {string} words @param {() => void} act */
function button(words, act) {
  const node = part('button', 'action');
  node.type = 'button';
  node.textContent = words;
  node.addEventListener('click', act);
  return node;
}

/** @param {string} words */
export function serverSays(words) {
  const node = part('small', 'server-says');
  node.lang = 'en';
  node.textContent = words;
  return node;
}

/** @param {string} words */
function hintItem(words) {
  const item = part('li', 'edit-hint');
  item.textContent = words;
  return item;
}
