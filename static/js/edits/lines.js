/**
 * lines.js: edits as lines of the one notation, and lines as words again.
 *
 * Pure functions of a line, a segment or a log. A line that has been switched off is kept in the log as a comment, `# drop
 * client ACK#1`: the list shows it, the address carries it, and the engine never sees it (session.js).
 */

import { notation, settingName } from '../controls.js';

/** @typedef {import('../voice.js').Voice} Voice @typedef {'drop' | 'deliver' | 'hold' | 'dup'} Fate */

/**
 * The line that decides what becomes of a segment; a time for what is held or sent twice.
 * @param {{from: string, kind: string, nth: number}} segment @param {Fate} fate @param {number} [by] microseconds
 */
export function fateLine({ from, kind, nth }, fate, by) {
  return `${fate} ${from} ${kind}#${nth}${by === undefined ? '' : ` ${notation({ unit: 'time' }, by)}`}`;
}

/**
 * The place in the log of the learner's own line about the fate of a segment, or -1. To turn that fate again is to take the
 * line back; a second line that says the opposite would only say what the figure does anyway.
 * @param {string[]} log @param {{from: string, kind: string, nth: number}} segment
 */
export function ownFate(log, segment) {
  const name = `${segment.from} ${segment.kind}#${segment.nth}`;
  return log.findLastIndex((line) => {
    const fate = /^(?:at \S+ )?(?:drop|deliver|hold|dup) (\w+ \S+)/.exec(line);
    return fate?.[1] === name;
  });
}

/**
 * The learner's own word about a segment: what, and by how much.
 * @param {string[]} log @param {{from: string, kind: string, nth: number}} segment
 * @returns {{fate: Fate, by: number} | null}
 */
export function ownLine(log, segment) {
  const line = log[ownFate(log, segment)];
  const said = line && /(drop|deliver|hold|dup) \w+ \S+(?: (\S+))?$/.exec(line);
  return said ? { fate: /** @type {Fate} */ (said[1]), by: microseconds(said[2] ?? '0s') } : null;
}

/** A time of the notation. @param {string} time */
export function microseconds(time) {
  const [, n, unit] = /^([\d.]+)(us|ms|s|min)$/.exec(time) ?? ['', '0', 's'];
  return Math.round(Number(n) * { us: 1, ms: 1e3, s: 1e6, min: 60e6 }[/** @type {'us'} */ (unit)]);
}

/** Times that people choose from: 1, 2 and 5 of each decade, from 1 ms to 500 s. */
export const TIMES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8].flatMap((unit) => [unit, 2 * unit, 5 * unit]);

/** How long a segment is held, or after what time its copy comes, unless somebody says so: two round trips. @param {number} rtt */
export function usualTime(rtt) {
  return TIMES.find((time) => time >= 2 * rtt) ?? TIMES[0];
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

/** Is a line kept, but not in the run? @param {string} line */
export function isOff(line) {
  return line.startsWith('#');
}

/**
 * The log with one of its lines switched off or on again.
 * @param {string[]} log @param {string} line
 */
export function switched(log, line) {
  return log.map((other) => (other === line ? (isOff(line) ? line.replace(/^#\s*/, '') : `# ${line}`) : other));
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
  if (isOff(line)) return readable(line.replace(/^#\s*/, ''), voice);
  const at = /^at (\S+) (.+)$/.exec(line);
  // Weather holds from its instant on; everything else happens at it.
  if (at) return voice.ui(at[2].startsWith('link') ? 'edit.at' : 'edit.when', { at: spaced(at[1]), edit: readable(at[2], voice) });
  const fate = /^(drop|deliver|hold|dup) (\w+) (\w+)#(\d+)(?: (\S+))?$/.exec(line);
  if (fate) return voice.ui(`edit.${fate[1]}`, { host: voice.host(fate[2]), kind: fate[3], nth: fate[4], for: spaced(fate[5] ?? '') });
  const link = /^link (?:(\S+) )?(loss|delay|jitter|reorder|duplicate|burst|cut|restored)(?: (?:for )?(\S+))?( any-order)?$/.exec(line);
  if (link) {
    const said = voice.ui(`edit.${link[2]}${link[2] === 'cut' && link[3] ? '.for' : ''}`, { value: spaced(link[3] ?? '') });
    const edit = link[4] ? voice.ui('edit.any-order', { edit: said }) : said;
    return link[1] ? voice.ui('edit.host', { edit, host: voice.host(link[1]) }) : edit;
  }
  const move = /^move ([a-z][a-z0-9-]*) (close|connect|send|shutdown|abort|crash|restart) (\S+)$/.exec(line);
  if (move) return voice.ui(`edit.move.${move[2]}`, { host: voice.host(move[1]), value: spaced(move[3]) });
  const set = /^(msl|time-wait|lifetime|rto-min) (\S+)$/.exec(line);
  if (set) return voice.ui(`edit.${set[1]}`, { value: spaced(set[2]) });
  const rule = /^(restart|profile|isn (\w+)) (fin|any-ack|never|fixed|clock|hash|rfc9293|linux|freebsd|windows)\b/.exec(line);
  if (rule) return rule[1] === 'profile' ? voice.ui('edit.profile', { value: rule[3] }) : voice.ui(`edit.${rule[1].split(' ')[0]}.${rule[3]}`, { host: rule[2] ? voice.host(rule[2]) : '' });
  const call = /^([a-z][a-z0-9-]*) (close|shutdown|abort|connect|crash|restart|send \d+)(?: conn=(\d+))?$/.exec(line);
  if (call) {
    const edit = voice.ui('edit.call', { host: voice.host(call[1]), call: call[2].startsWith('send') ? call[2].replace(/ (\d+)/, '($1)') : `${call[2]}()` });
    return call[3] ? voice.ui('edit.conn', { edit, n: call[3] }) : edit;
  }
  return ruled(line, voice) ?? settingName(line, voice);
}

/** The letters of flags in a rule. @type {Record<string, string>} */
const FLAGS = { F: 'FIN', S: 'SYN', R: 'RST', P: 'PSH', A: 'ACK' };

/**
 * A rule of the network in words: what becomes of which segments. null if it is none, or has a key that is not known here.
 * @param {string} line @param {Voice} voice
 */
function ruled(line, voice) {
  const [, deed, host, keys] = /^rule (drop|delay|dup)(?: (?!acks_fin|after_)([a-z][a-z0-9-]*)(?![\w=]))?((?: [a-z_]+(?:=\S+)?)*)$/.exec(line) ?? [];
  if (!deed) return null;
  let by = '';
  /** @type {string[]} */
  const which = [];
  for (const [, key, value = ''] of keys.matchAll(/([a-z_]+)(?:=(\S+))?/g)) {
    if (key === 'by') by = spaced(value);
    else if (key === 'flags' || key === 'not_flags') which.push(voice.ui(`rule.${key}`, { value: [...value].map((letter) => FLAGS[letter] ?? letter).join(',') }));
    else if (key === 'len') which.push(voice.ui(value === 'data' || value === 'none' ? `rule.len.${value}` : 'rule.len', { value }));
    else if (/^(conn|nth|seq|after|acks_fin|after_own_fin|after_peer_fin)$/.test(key)) which.push(voice.ui(`rule.${key}`, { value: spaced(value) }));
    else return null;
  }
  const segments = host ? voice.ui('rule.segments.of', { host: voice.host(host) }) : voice.ui('rule.segments');
  return voice.ui(which.length ? `edit.rule.${deed}` : `edit.rule.${deed}.all`, { segments, which: which.join(voice.comma), by });
}

/** `1.5s` as people write it: `1.5 s`. @param {string} value */
function spaced(value) {
  return value.replace(/(\d)(us|ms|s|%)$/, '$1 $2').replace('us', 'µs');
}
