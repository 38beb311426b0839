/**
 * voice.js: everything that the picture says, in the page's language.
 */

import { hostName, roughly, share, text, time } from './units.js';
import { textWidth } from './svg.js';

/**
 * @typedef {import('./types').Event} Event @typedef {import('./types').Marks} Marks @typedef {import('./types').Arrow} Arrow
 * @typedef {import('./types').Note} Note @typedef {import('./types').Facts} Facts @typedef {ReturnType<typeof createVoice>} Voice
 */

/** What the drawing is set in (css/figure.css), for measuring. */
const FONTS = { plain: '550 12.5px system-ui, sans-serif', label: '600 12.5px ui-monospace, "SF Mono", "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace', small: '400 12px ui-monospace, "SF Mono", "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace' };

const OTHERS = new Set(['ACK', 'TLP', 'PERSIST', 'KEEPALIVE']);

/** @param {import('./types').Words} words @param {import('./types').Sources} sources @param {string} lang */
export function createVoice(words, sources, lang) {
  /** @type {Facts | null} */
  let facts = null;
  /** @type {typeof import('./panels/say.js') | null} */
  let story = null;
  const [comma, stop] = [text(words, 'ui.and'), text(words, 'ui.stop')];

  /** @param {string} key @param {Record<string, string | number>} [values] */
  const ui = (key, values) => text(words, `ui.${key}`, values);
  /** @param {string} host */
  const host = (host) => hostName(words, host);
  /** @param {string} string @param {'label' | 'small' | 'plain'} role */
  const width = (string, role) => textWidth(string, FONTS[role]) * 1.02;

  /** @param {Note} note */
  function note(note) {
    if (note.text === 'recv_eof()') return ui('call.to-end'); // which is what a program does, and no call
    if (note.kind !== 'timer') return note.text;
    if (note.timer === 'TIME_WAIT' && !note.dur) return ui('wait.none');
    if (note.timer === 'TIME_WAIT' && note.again) return ui('restarted');
    if (note.timer === 'TIME_WAIT') return ui(note.dur === 2 * (facts?.msl ?? 0) ? 'wait' : 'wait.other', { time: roughly(note.dur ?? 0) });
    if (note.timer === 'RTO') return ui('rto', { time: roughly(note.dur ?? 0) });
    if (note.timer && OTHERS.has(note.timer)) return ui('timer', { timer: ui(`timer.${note.timer}`), time: roughly(note.dur ?? 0) });
    if (note.timer === 'FIN_WAIT_2') return ui('timer.FIN_WAIT_2', { time: limit(note.dur ?? 0) });
    return '';
  }

  /** A condition beside loss and delay. @param {import('./types').Weather} w */
  const condition = (w) => {
    const { what, value = 0 } = w;
    const said = ui(`edit.${what}${what === 'cut' && value ? '.for' : ''}`, { value: what === 'reorder' || what === 'duplicate' ? share(value) : roughly(value) });
    return w.free ? ui('edit.any-order', { edit: said }) : said;
  };
  /** A limit that systems set in minutes. @param {number} us */
  const limit = (us) => (us >= 120e6 && us % 60e6 === 0 ? `${us / 60e6} min` : roughly(us));

  /** @param {Arrow} arrow */
  function arrowTexts(arrow) {
    const mark = arrow.forged ? ui('forged') : arrow.retry ? ui('retry', { n: arrow.retry }) : arrow.copy ? ui('copied') : arrow.held ? ui('held', { time: roughly(arrow.held) }) : '';
    const detail = [`seq ${arrow.seq}`, arrow.ack !== undefined && `ack ${arrow.ack}`, arrow.len && ui('segment.len', { len: arrow.len })];
    return { flags: arrow.flags, mark, detail: detail.filter(Boolean).join(' ') };
  }

  /** @param {Arrow} arrow */
  function fate(arrow) {
    return ui(`fate.${arrow.fate}`, { time: time(arrow.end ?? 0) });
  }

  /** @param {Arrow} arrow */
  const segmentName = (arrow) => ui('segment.name', { host: host(arrow.from), kind: arrow.kind, nth: arrow.nth });

  /** @param {string} first */
  const capital = (first) => first.charAt(0).toLocaleUpperCase(lang) + first.slice(1);

  /** @param {Event} event @param {string} what @param {boolean} [who] @returns {string} a whole sentence, with who did it unless that is left out */
  const whole = (event, what, who = true) => capital(event.host && who ? ui('who', { host: host(event.host), what }) : what);
  /** @param {Event} event @param {Event} [sent] */
  const sentence = (event, sent) => whole(event, story?.say(words, event, sent) ?? '');

  /** @param {import('./types').Fold} fold @param {Marks} marks @param {boolean} compact */
  function silence(fold, marks, compact) {
    const length = time(fold.to - fold.since);
    // What ends the silence is what was waited for.
    const waiting = marks.brackets.filter((b) => b.timer === 'TIME_WAIT' && b.to === fold.to && b.end === 'fire');
    if (!waiting.length || compact) return ui('silence', { time: length });
    return ui(waiting.length > 1 ? 'silence.both' : 'silence.wait', { time: length, host: host(waiting[0].host), state: 'TIME_WAIT' });
  }

  return {
    lang, ui, host, note, width, sentence, segmentName, roughly, time, share, comma, stop,
    /** @param {Facts | null} known */
    setFacts(known) { facts = known; },
    /** @param {string} name */
    address: (name) => facts?.hosts.find((h) => h.name === name)?.addr ?? '',
    /** @param {number} us the clock counts in whole milliseconds */
    clock: (us) => `${(us / 1e6).toFixed(us < 100e6 ? 3 : 2)} s`,
    /** @param {number} us the countdown: in tenths, so that it can be read while it runs */
    left: (us) => ui('left', { time: `${(us / 1e6).toFixed(1)} s` }),
    /** Sentences are loaded before the first one is said. @returns {Promise<unknown>} */
    learn: async () => (story ??= await import('./panels/say.js')),
    /** @param {Event} event @param {Event} [sent] */
    what: (event, sent) => story?.say(words, event, sent) ?? '',
    /** A sentence as it is spoken. @param {Event} event @param {Event | undefined} sent @param {boolean} short @param {boolean} who */
    spoken: (event, sent, short, who) => whole(event, story?.[short ? 'brief' : 'say'](words, event, sent) ?? '', who),
    /** What events have in common that are told alike. @param {Event} event */
    template: (event) => story?.keyOf(words, 'say.', event) ?? '',
    /** @param {Event} event @param {Event} [sent] */
    reason: (event, sent) => story?.why(words, event, sent) ?? null,
    /** @param {Event} event */
    source: (event) => story?.cite(sources, event) ?? null,
    /** @param {Arrow} arrow */
    segment: (arrow) => ui('segment', { host: host(arrow.from), kind: arrow.kind, nth: arrow.nth, flags: arrow.flags, fate: fate(arrow) }),
    /** @param {Arrow} arrow */
    fateOf: (arrow) => ui(arrow.fate === 'lost' ? 'deliver.this' : 'lose.this', { segment: segmentName(arrow) }),
    fate,

    /** The whole picture in one breath, for those who do not see it. @param {Marks} marks */
    summary(marks) {
      const ends = marks.bands.filter((b) => b.to === null).map((b) => ui('summary.final', { host: host(b.host), state: b.state, time: time(b.from) }));
      const count = ui('summary.segments', { n: marks.arrows.length, lost: marks.arrows.filter((a) => a.fate === 'lost').length });
      return ui('summary', { sentences: [count, ...ends].map(capital).join(' ') });
    },

    /** @param {Marks} marks @returns {import('./types').Texts} */
    texts: (marks) => ({
      note, time, roughly, width,
      refused: (arrow, short) => (!short && words[`ui.refused.${arrow.ignored}`] ? ui('refused', { why: ui(`refused.${arrow.ignored}`) }) : ui('refused.plain')),
      silence: (fold, compact) => silence(fold, marks, compact),
      arrow: arrowTexts,
      fate: (arrow) => ui(arrow.fate === 'expired' ? 'expired' : 'lost'),
      weather: (w) => [w.loss !== undefined && ui('edit.loss', { value: share(w.loss) }), w.delay !== undefined && ui('edit.delay', { value: roughly(w.delay) }), w.what && condition(w)].filter(Boolean).join(comma),
    }),
  };
}
