/**
 * controls.js: the sliders and buttons above the ladder. Each makes a line of the one notation; what a line does is the
 * server's business.
 */

import { html } from './svg.js';

/**
 * @typedef {import('./types').Knob} Knob @typedef {import('./types').Facts} Facts @typedef {import('./types').World} World
 * @typedef {import('./voice.js').Voice} Voice
 */

/**
 * A value in the shortest exact form of the notation: `20%`, `50ms`, `3s`, `1.5s`.
 * @param {{unit: string}} knob @param {number} value
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
  const parts = /^link (?:(\S+) )?(\S+) \{\}/.exec(knob.do);
  if (!parts) return knob.value;
  const what = parts[2];
  // A knob for both directions shows what both have; where they differ, what was said last for both.
  const set = world.link[parts[1] ?? '']?.[what] ?? (parts[1] ? world.link['']?.[what] : undefined);
  return set ?? knob.value;
}

/** @param {Knob} knob @param {Voice} voice */
export function knobName(knob, voice) {
  const call = /^move (\w+) (close|connect|send|shutdown|abort|crash|restart)/.exec(knob.do);
  if (call) return voice.ui(`knob.${call[2]}`, { host: voice.host(call[1]) });
  const words = knob.name.split(' ');
  const what = words[words.length - 1];
  if (words.length > 1 && /^(at|every|idle|takes)$/.test(what)) return voice.ui(`knob.${what}`, { host: voice.host(words[0]) });
  const known = /^(loss|delay|jitter|reorder|duplicate|burst|msl|time-wait|lifetime|rto-min)$/.test(what) ? voice.ui(`knob.${what}`) : what;
  return words.length > 1 ? voice.ui('knob.of', { what: known, host: voice.host(words[0]) }) : known;
}

/** @param {Knob} knob @param {number} value @param {Voice} voice */
export function knobValue(knob, value, voice) {
  if (knob.unit === '%') return value === 0 ? `0 %` : voice.share(value);
  return knob.unit === 'time' ? voice.roughly(value) : String(value);
}

/** The settings of a load that have words, and those of named applications. */
const SETTINGS = /^(?:rate|count|for|life|lag|close|to|from|pool|linger)$/;
const HABITS = /^(?:version|connection|idle|leak|finish)$/;

/**
 * A line about a load, a kernel parameter or a named application in words, or as it is written.
 * @param {string} line `load client rate=5 for=10s`, `sysctl client tcp_tw_reuse 1` @param {Voice} voice
 */
export function settingName(line, voice) {
  const [verb, host, ...rest] = line.split(' ');
  if (verb.endsWith(':') && rest.length) return voice.ui('load.program', { host: voice.host(verb.slice(0, -1)), settings: rest.map((setting) => named(setting, HABITS, (name, value) => voice.ui(`habit.${name}${name === 'finish' ? `.${value}` : ''}`, { value }))).join(voice.comma) });
  if (verb === 'sysctl' && rest[0] === 'ip_local_port_range') return voice.ui('load.ports', { first: rest[1], last: rest[2] });
  if (verb === 'sysctl') return voice.ui('load.sysctl', { host: voice.host(host), name: rest[0], value: rest.slice(1).join(' ') });
  return verb !== 'load' ? line : rest.map((setting) => named(setting, SETTINGS, (name, value) => voice.ui(`load.${name}`, { value: name === 'close' ? voice.host(value) : value }))).join(voice.comma);
}

/** A setting in words, or as it is written. @param {string} setting `pool=2` @param {RegExp} known @param {(name: string, value: string) => string} say */
function named(setting, known, say) {
  const [name, value = ''] = setting.split('=');
  return known.test(name) ? say(name, value.replace(/(\d)(ms|s|min)$/, '$1 $2')) : setting;
}

/** @param {string} action `server close`, `client send 10`, `link client cut`, or a line about a load @param {Voice} voice */
export function actionName(action, voice) {
  const cable = /^link (?:(\S+) )?(cut|restored)$/.exec(action);
  if (cable) {
    const words = voice.ui(`action.${cable[2]}`);
    return cable[1] ? voice.ui('action.of', { action: words, host: voice.host(cable[1]) }) : words;
  }
  const [host, call, len] = action.split(' ');
  return /^(close|shutdown|abort|connect|send|crash|restart)$/.test(call) ? voice.ui(`action.${call}`, { host: voice.host(host), len: len ?? '' }) : settingName(action, voice);
}

/**
 * @param {HTMLElement} root @param {Voice} voice
 * @param {{control(line: string, finished: boolean): void, undo(): void, reset(): void}} deeds
 */
export function createControls(root, voice, deeds) {
  const knobs = html('div', { class: 'knobs', role: 'group', 'aria-label': voice.ui('knobs') });
  const actions = html('div', { class: 'actions' });
  // Not `disabled`, which would throw the focus off the page: the last Undo must leave it where it is.
  const undo = button(voice.ui('undo'), () => undo.ariaDisabled === 'true' || deeds.undo());
  const reset = button(voice.ui('reset'), () => reset.ariaDisabled === 'true' || deeds.reset());
  const edits = html('ul', { class: 'edits', 'aria-label': voice.ui('edits') });
  const notice = html('p', { class: 'notice', role: 'status' });
  root.append(html('div', { class: 'controls-row' }, knobs, actions), html('div', { class: 'edits-row' }, edits, notice, html('div', { class: 'history' }, undo, reset)));

  /** @type {{knob: Knob, input: HTMLInputElement, output: HTMLElement, held: boolean}[]} */
  let sliders = [];
  let shape = '';
  let waits = false;

  /** @param {Facts} facts */
  function build(facts) {
    sliders = (facts.knobs ?? []).map((knob) => slider(knob));
    knobs.replaceChildren(...sliders.map(({ input }) => /** @type {Node} */ (input.parentElement)));
    actions.replaceChildren(...(facts.actions ?? []).map((action) => button(actionName(action, voice), () => deeds.control(action, true))));
  }

  /** @param {Knob} knob */
  function slider(knob) {
    const name = html('span', { class: 'knob-name' }, html('span', { class: 'long' }, knobName(knob, voice)), knob.name === 'delay' && html('span', { class: 'short' }, voice.ui('knob.delay.short')));
    const output = html('output', { class: 'knob-value' });
    const input = html('input', { type: 'range', min: knob.min, max: knob.max, step: knob.step || 1, value: knob.value, disabled: !!knob.inert });
    html('label', { class: 'knob' }, name, output, input);
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
    /** A new run: its knobs. @param {import('./types').Run} run @param {boolean} waiting edits are on their way to the server */
    show(run, waiting) {
      const { facts, log } = run;
      if (!facts) return;
      const now = JSON.stringify([facts.actions, (facts.knobs ?? []).map(({ value, ...rest }) => rest)]);
      if (now !== shape) build(facts);
      shape = now;
      waits = waiting;
      (facts.knobs ?? []).forEach((knob, i) => (sliders[i].knob = knob));
      undo.ariaDisabled = reset.ariaDisabled = String(!log.length && !waiting);
      const touch = matchMedia('(hover: none)').matches;
      if (!log.length) edits.replaceChildren(html('li', { class: 'edit-hint' }, voice.ui(touch ? 'edits.none.touch' : 'edits.none')));
    },
    /** The playhead moved: weather knobs follow it. @param {World} world */
    follow(world) {
      for (const slot of sliders) {
        // What is still on its way is what the slider shows.
        if (slot.held || waits) continue;
        const value = valueAt(slot.knob, world);
        if (slot.input.valueAsNumber !== value) slot.input.value = String(value);
        paint(slot, value);
      }
    },
    /** One line about what the last edit did or why it did not. @param {boolean} bad @param {...(Node | string)} line */
    tell(bad, ...line) {
      notice.replaceChildren(...line);
      notice.classList.toggle('bad', bad);
    },
    /** Where the edits are listed. */
    edits,
  };
}

/** @param {string} words @param {() => void} act */
export function button(words, act) {
  const node = html('button', { type: 'button', class: 'action' }, words);
  node.addEventListener('click', act);
  return node;
}
