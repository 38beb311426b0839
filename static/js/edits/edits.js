/**
 * edits.js: what a learner does to a run, and what it comes to.
 *
 * Loaded at the first sign that somebody will touch the figure. An edit is a line of the notation, made at the playhead; the
 * answer is another run. Here the two are brought together: where the playhead is in the new run, what has changed, the run
 * before as a ghost, the way back, and the list of edits.
 */

import { differences, sameMoment } from './compare.js';
import { createHistory } from './history.js';
import { createList } from './list.js';
import { createPopover } from './popover.js';
import { fateLine, instantOf, isFate, ownFate, ownLine, usualTime, without } from './lines.js';
import { drawGhost, gone } from './ghost.js';
import { marksOf } from '../marks.js';
import { serverSays } from './problems.js';

/**
 * @typedef {import('../types').Run} Run @typedef {import('../types').Arrow} Arrow
 * @typedef {import('../types').Event} Event @typedef {import('../types').Marks} Marks @typedef {import('./lines.js').Fate} Fate
 * @typedef {string[] | ((now: string[]) => string[])} Log
 */

/**
 * @param {object} figure
 * @param {import('../voice.js').Voice} figure.voice
 * @param {ReturnType<typeof import('../player.js').createPlayer>} figure.player
 * @param {ReturnType<typeof import('../ladder.js').createLadder>} figure.ladder
 * @param {ReturnType<typeof import('../controls.js').createControls>} figure.controls
 * @param {Run | null} figure.run the run as it is when this is loaded
 * @param {{control(at: number, line: string, finished: boolean): void, open(log: Log): void, select(seg: number | null): void, arrow(seg: number): Arrow | null, rest(): void}} figure.deeds
 */
export function createEdits({ voice, player, ladder, controls, run: found, deeds }) {
  const history = createHistory();
  const list = createList(controls.edits, voice, { open: reopen, rest: deeds.rest });
  const popover = createPopover(ladder.sheet, voice, { fate: decide, close: () => deeds.select(null), left: () => ladder.focus() });
  let run = found;
  /** @type {Run | null} the run before the last edit, until it is dismissed */
  let ghost = null;
  /** @type {Run | null} the run before the last edit, until what that came to is said: a long run comes in parts */
  let untold = null;
  let rewind = Infinity;
  if (run) {
    history.settle(run, { kind: 'open', finished: false });
    list.show(run.log);
  }

  /** @param {Log} log */
  function reopen(log) {
    player.pause();
    deeds.open(log);
  }

  /** @param {string} line @param {boolean} finished */
  function make(line, finished) {
    player.pause();
    if (finished) popover.hide();
    // Before the first instant nothing is under way, not even what is sent at 0: the line is about the whole run.
    if (player.t < 0 && isFate(line)) return reopen((log) => [...log, line]);
    const at = instantOf(run?.events ?? [], player.t);
    if (player.t >= 0 && at !== player.t) player.seek(at);
    deeds.control(at, line, finished);
  }

  /** @param {Fate} fate */
  const usual = (fate) => (fate === 'hold' || fate === 'dup' ? usualTime(run?.facts?.rtt ?? 0) : undefined);

  /**
   * Decide what becomes of a segment, or leave that to the network again.
   * @param {number} seg @param {Fate} fate @param {number} [by] microseconds @param {boolean} [finished]
   */
  function decide(seg, fate, by = usual(fate), finished = true) {
    const arrow = deeds.arrow(seg);
    if (!run || !arrow || arrow.copy) return;
    // To see what becomes of it one has to be there when it is sent.
    rewind = arrow.sent;
    const own = ownFate(run.log, arrow);
    if (fate !== 'deliver' || own < 0) make(fateLine(arrow, fate, by), finished);
    // Another edit may be on its way: what is taken back is found in the log that it makes.
    else reopen((log) => without(log, ownFate(log, arrow)));
  }

  return {
    make,
    decide,
    /** Lose what arrives, and let arrive what was lost: one key, one click. @param {number} seg */
    turn(seg) {
      const arrow = deeds.arrow(seg);
      if (!arrow || !run) return;
      if (arrow.fate === 'lost') return decide(seg, 'deliver');
      // An own line that has let it arrive, or arrive late, is taken back by losing it: the line is replaced.
      const own = run.log[ownFate(run.log, arrow)];
      if (own && /^(?:at \S+ )?deliver /.test(own)) return decide(seg, 'deliver');
      decide(seg, 'drop');
    },
    /** The learner's own word about a segment, if there is one. @param {Arrow} arrow */
    fateOf: (arrow) => ownLine(run?.log ?? [], arrow),
    undo: () => reopen((now) => history.back(now)),
    reset: () => reopen([]),
    popover,
    /** The playhead's place in the next run. @param {Run} before @param {Run} next */
    moment: (before, next) => Math.min(rewind, sameMoment(before.events, player.t, next.events)),
    /**
     * The selected segment may have another number in the next run, and so may the one that has the focus, itself or its card.
     * @param {HTMLElement} root of the ladder @param {number | null} selected @param {Map<number, Event>} sent @param {Marks | null} marks
     * @returns {(sent: Map<number, Event>, marks: Marks) => number | null} called with the next run: what is selected in it
     */
    held(root, selected, sent, marks) {
      const active = document.activeElement;
      const own = active && root.contains(active) ? active.closest('.seg')?.getAttribute('data-seg') ?? (active.closest('.popover') ? selected : null) : null;
      const was = selected === null ? undefined : sent.get(selected);
      const focused = own === null ? null : { event: sent.get(Number(own)), place: Math.max(0, marks?.arrows.findIndex((a) => a.seg === Number(own)) ?? 0) };
      return (sent, marks) => {
        const again = (/** @type {Event | undefined} */ was) => was && [...sent.values()].find((e) => e.ev === was.ev && e.host === was.host && e.kind === was.kind && e.nth === was.nth)?.seg;
        const now = again(was) ?? null;
        ladder.mark(now, false);
        popover.hide();
        if (focused) ladder.focus(again(focused.event) ?? marks.arrows[Math.min(focused.place, marks.arrows.length - 1)]?.seg);
        return now;
      };
    },
    /** Another run is coming: which one it is compared with. @param {Run} next @param {{kind: string, finished: boolean} | null} answered */
    coming(next, answered) {
      ghost = answered?.kind === 'open' && !answered.finished ? null : history.differs(next) ? history.settled : ghost;
    },
    forget() { ghost = null; },
    /** The run before the last edit, as long as it is compared with. @returns {readonly Event[] | null} */
    before: () => ghost?.events ?? null,
    /** What draws of the run before what the new one lacks. @param {Marks} marks @returns {import('../types').Ghost | null} */
    ghost(marks) {
      if (!ghost) return null;
      const was = gone(marksOf(ghost.events, { hosts: marks.hosts, delay: ghost.facts?.delay ?? 0 }), marks);
      return was.arrows.length + was.bands.length ? (scale, layout) => drawGhost(was, marks, scale, layout, {
        end: (state, at) => voice.ui('ghost.end', { state, time: voice.time(at) }),
        sent: (kind, at) => voice.ui(kind === 'data' ? 'ghost.sent.data' : 'ghost.sent', { kind, time: voice.time(at) }),
        width: (text) => voice.width(text, 'small'),
      }) : null;
    },
    /** The run that answers. @param {Run} next @param {{kind: string, finished: boolean} | null} answered */
    show(next, answered) {
      run = next;
      list.show(next.log);
      if (answered) untold = history.differs(next) ? history.settled : null;
      if (untold && next.end) {
        controls.tell(false, told(differences(untold.events, next.events)));
        untold = null;
      }
      if (!answered) return history.grow(next);
      rewind = Infinity;
      history.settle(next, answered);
    },
    /** @param {boolean} bad @param {string} line @param {string} [detail] in the server's words, which are English */
    tell(bad, line, detail) {
      if (bad) history.refused();
      controls.tell(bad, line, ...(detail ? [' ', serverSays(detail)] : []));
    },
  };

  /** What an edit came to, in one sentence. @param {ReturnType<typeof differences>} found */
  function told(found) {
    if (!found.length) return voice.ui('diff.same');
    return found.slice(0, 3).map((d) => {
      const said = voice.ui(`diff.${d.key}`, { host: d.host ? voice.host(d.host) : '', kind: d.kind ?? '', state: d.state ?? '', n: d.n ?? 0, was: d.was ?? 0, by: voice.roughly(d.by ?? 0), time: voice.time(d.time ?? 0) });
      return d.conns ? voice.ui(d.conns.length > 3 ? 'diff.several' : d.conns.length > 1 ? 'diff.conns' : 'diff.conn', { edit: said, n: d.conns.length, conns: d.conns.join(voice.ui('list')) }) : said;
    }).join(voice.comma);
  }
}
