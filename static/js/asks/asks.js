/**
 * asks.js: what a figure asks of the learner, and what it says while it plays.
 *
 * A page loads this only for figures that ask something. It stands between three parties: the wire (what is asked, what the
 * engine answers), the figure (where the playhead is; playing on), and the store of what was done (progress.js). The
 * figure's run ends at the question until it is answered: there is nothing here to peek at.
 */

import { html } from '../svg.js';
import { button, createQuestion, guessed, prose, spoken } from './predict.js';
import { createChallenge } from './challenge.js';
import { createTries } from './tries.js';
import { sequelOf } from './sequel.js';
import { doneIn, forget, mark } from './progress.js';

/** @typedef {import('../types').Run} Run @typedef {import('../types').Question} Question @typedef {import('../types').Verdict} Verdict */

/**
 * @param {object} door
 * @param {HTMLElement} door.root the figure
 * @param {string} door.id
 * @param {ReturnType<typeof import('../figure.js').createFigure>} door.figure
 * @param {import('../voice.js').Voice} door.voice
 * @param {import('../types').Wire} door.session
 */
export function createAsks({ root, id, figure, voice, session }) {
  const place = /** @type {HTMLElement} */ (root.querySelector('[data-part="asks"]'));
  const caption = html('div', { class: 'caption', hidden: true });
  const feedback = html('div', { class: 'feedback', tabindex: -1 });
  const slot = html('div', { class: 'ask-slot' });
  const again = button(voice.ui('ask.again'), askAgain);
  again.hidden = true;
  place.prepend(caption, feedback, slot, again);

  const address = new URL(location.href).searchParams.get('shown')?.split(',') ?? [];
  const name = root.dataset.name ?? id;
  const shown = address.includes('*') ? ['*'] : [...new Set([...doneIn(id), ...address.filter((s) => s.startsWith(`${name}.`)).map((s) => s.slice(s.indexOf('.') + 1))])];
  /** @type {Run | null} */
  let run = null;
  /** @type {Question | null} */
  let open = null;
  /** @type {{question: Question, verdict: Verdict} | null} what was answered, until the run has gone on */
  let answered = null;
  let told = '';
  let heard = '';
  let focus = false;

  const say = (/** @type {Record<string, unknown>} */ message) => session.say(id, message);
  const deeds = figure.attach({ show, at, asking });
  /** @type {ReturnType<typeof createChallenge>[]} */
  const challenges = [];
  /** @type {ReturnType<typeof createTries> | null} */
  let tries = null;
  /** Whether what follows the answers is still to be fetched: a page whose address has the answers came with all of it. */
  let waiting = root.hasAttribute('data-open');
  build();
  session.asking(id, { lang: voice.lang, shown: [...shown] });
  // The list as it came from the server ends at the first question; whoever has answered it before sees more.
  if (shown.length) deeds.near();

  /** What the server wrote becomes alive. */
  function build() {
    for (const section of place.querySelectorAll('[data-challenge]')) {
      const one = createChallenge(/** @type {HTMLElement} */ (section), voice, {
        say, open: (log) => session.open(id, log), done: (how) => mark(id, one.ask, how),
      });
      challenges.push(one);
    }
    const offered = place.querySelector('.tries');
    if (offered instanceof HTMLElement) tries = createTries(offered, (log) => session.open(id, log), deeds.playFrom);
  }

  /** All is answered: now the page may tell the rest. */
  async function follow() {
    waiting = false;
    try {
      place.append(...await sequelOf(name, shown));
      // The reader has just read them, one by one.
      place.querySelector('.told')?.removeAttribute('open');
    } catch (error) {
      waiting = true;
      console.warn(error);
      return;
    }
    build();
    if (run) show(run);
  }

  /** @param {Run} now */
  function show(now) {
    run = now;
    if (waiting && !now.gate && now.end) void follow();
    if (now.log.length) deeds.draft(null); // a guess is about the run as it was written
    root.toggleAttribute('data-asking', Boolean(now.gate));
    const bar = root.querySelector('.controls');
    if (bar instanceof HTMLElement) bar.inert = Boolean(now.gate);
    if (now.gate?.ask !== open?.ask || (now.gate && slot.dataset.edited !== String(now.log.length > 0))) ask(now.gate);
    again.hidden = Boolean(now.gate) || !shown.some((name) => name !== '*' && !challenges.some((c) => c.ask === name));
    if (answered && now.rev === answered.verdict.rev) void explain();
    for (const told of place.querySelectorAll('.told')) told.toggleAttribute('hidden', Boolean(now.gate));
    for (const one of challenges) one.show(now);
    tries?.show(now);
    told = '';
  }

  /** @param {Question | null} question */
  function ask(question) {
    open = question;
    slot.replaceChildren();
    slot.removeAttribute('data-first');
    deeds.draft(null);
    if (!question || !run) return;
    slot.dataset.edited = String(run.log.length > 0);
    if (run.log.length) {
      slot.append(html('section', { class: 'ask predict' }, html('p', {}, voice.ui('ask.edited')),
        html('div', { class: 'ask-buttons' }, button(voice.ui('ask.reset'), () => session.open(id, [])), button(voice.ui('ask.show'), () => guess(undefined)))));
      return;
    }
    slot.append(createQuestion(voice, question, hostsOf(run), guess, deeds.draft));
  }

  /** @param {Run} run */
  const hostsOf = ({ facts }) => facts?.hosts.map((h) => h.name) ?? [];

  /** @param {string | undefined} line */
  function guess(line) {
    if (open) say({ type: 'answer', ask: open.ask, guess: line });
  }

  /** What the server found. The events that show it follow in the next splice. @param {Verdict} verdict */
  function verdict(verdict) {
    const challenge = challenges.find((c) => c.ask === verdict.ask);
    if (challenge) return challenge.verdict(verdict);
    if (!open || open.ask !== verdict.ask) return;
    shown.push(verdict.ask);
    session.asking(id, { lang: voice.lang, shown: [...shown] });
    mark(id, verdict.ask, verdict.guess ? (verdict.right ? 'right' : 'wrong') : 'shown');
    answered = { question: open, verdict };
    focus = true;
  }

  /** Say what is so, and why, and play on. */
  async function explain() {
    await voice.learn();
    if (!answered || !run) return;
    const { question, verdict } = answered;
    answered = null;
    const answer = spoken(voice, question, verdict.answer ?? '');
    const words = !verdict.guess ? voice.ui('ask.shown', { answer }) : verdict.right ? voice.ui('ask.right', { answer }) : voice.ui('ask.wrong', { guess: spoken(voice, question, verdict.guess), answer });
    const because = (verdict.because ?? []).filter((n) => n < (run?.events.length ?? 0)).slice(-4);
    const why = html('div', { class: 'ask-why' });
    if (verdict.why) why.append(prose(verdict.why));
    feedback.dataset.how = !verdict.guess ? 'shown' : verdict.right ? 'right' : 'wrong';
    feedback.replaceChildren(html('p', { class: 'verdict' }, words), why);
    if (because.length) feedback.append(html('p', { class: 'because' }, voice.ui('ask.because')), html('ul', { class: 'because-list' }, ...because.map(reason)));
    if (focus) feedback.focus({ preventScroll: true });
    focus = false;
    // The next question's paper, if it has one, is there already.
    const drawn = verdict.guess && !run.gate ? guessed(question, hostsOf(run), verdict.guess) : null;
    if (drawn) {
      deeds.draft(drawn);
      feedback.append(html('p', { class: 'guess-legend' }, voice.ui('ask.yours')));
    }
    deeds.playFrom(question.at);
  }

  /** One event that shows the answer, with the reason that the catalogue has for it. @param {number} n */
  function reason(n) {
    const event = /** @type {Run} */ (run).events[n];
    const sent = event.seg === undefined ? undefined : deeds.sentOf(event.seg);
    const to = button(`${voice.time(event.at)} ${voice.sentence(event, sent)}`, () => deeds.choose(n));
    const why = voice.reason(event, sent);
    return html('li', {}, to, why ? html('span', { class: 'because-why' }, why) : null);
  }

  function askAgain() {
    const names = shown.filter((name) => name !== '*' && !challenges.some((c) => c.ask === name));
    forget(id, names);
    shown.splice(0, shown.length, ...shown.filter((name) => !names.includes(name)));
    session.asking(id, { lang: voice.lang, shown: [...shown] });
    feedback.replaceChildren();
    session.open(id, []);
  }

  /** The playhead has come to t. @param {number} t */
  function at(t) {
    const now = run?.captions.findLast((c) => c.at <= t);
    const place = `${now?.at ?? ''} ${now?.text ?? ''}`;
    if (place !== told) {
      told = place;
      caption.hidden = !run?.captions.length;
      caption.replaceChildren(...(now ? [prose(now.text)] : []));
      if (now) void import('../panels/named.js').then(({ nameIn }) => nameIn(caption, voice));
      // Once, not again with every run in which it still holds.
      if (now && t > 0 && heard !== now.text) deeds.announce((caption.textContent ?? '').trim());
      heard = now?.text ?? '';
    }
    if (open && t >= open.at && !slot.hasAttribute('data-here')) {
      slot.setAttribute('data-here', '');
      deeds.announce(voice.ui('ask.here'));
    } else if (!open || t < open.at) slot.removeAttribute('data-here');
  }

  /** Whether an edit has to wait for an answer; if so, say it. */
  function asking() {
    if (!run?.gate) return false;
    slot.setAttribute('data-first', voice.ui('ask.first'));
    slot.scrollIntoView({ block: 'nearest' });
    deeds.announce(voice.ui('ask.first'));
    return true;
  }

  return { verdict };
}
