/**
 * sandbox.js: the page on which the reader writes the scenario.
 *
 * The editor is a plain textarea, with all that this brings: the platform's own keys, undo, touch, spell-free typing, screen
 * readers. Around it stand a mirror with the marks under the text, the numbers of the lines, the list of what is to be put
 * right, and a bar with the words that can come next. None of it knows the notation: the server's parser says what is wrong
 * and what it misses at the cursor, and the page shows that.
 *
 * What is understood runs at once; what is not is marked, and the figure stays as it was. The address always holds the
 * text, as far as an address may (8 KiB), and the history entry holds it beyond that, so nothing is lost by going elsewhere.
 */

import { html } from '../svg.js';

const PAUSE_MS = 200;
const LONGEST_LINK = 8 << 10;
const FIGURE = 'sandbox/run';

/** @typedef {{line: number, col: number, message: string, suggest?: string}} Problem */

/**
 * @param {object} page
 * @param {{scenario: (name: string, text: string) => void, open: (name: string, log: (now: string[]) => string[], finished?: boolean) => void}} page.session
 * @param {Map<string, {root: HTMLElement}>} page.figures
 * @param {(key: string, values?: Record<string, string | number>) => string} page.ui
 * @param {string} page.base
 */
export function start({ session, figures, ui, base }) {
  const form = /** @type {HTMLFormElement} */ (document.querySelector('[data-part="editor"]'));
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (form.querySelector(`[data-part="${name}"]`));
  const text = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'));
  const [numbers, mirror, list, bar, said] = ['numbers', 'mirror', 'problems', 'next', 'said'].map(part);
  const file = /** @type {HTMLInputElement} */ (part('load').querySelector('input'));

  /** @type {Problem[]} */
  let problems = [];
  let running = figures.get(FIGURE)?.root.dataset.scenario ?? '';
  let timer = 0;
  let asked = 0;

  // ---- Asking the server

  function later() {
    clearTimeout(timer);
    timer = window.setTimeout(() => void check(true), PAUSE_MS);
  }

  /** @param {boolean} writing somebody is at the cursor and may want a word */
  async function check(writing) {
    clearTimeout(timer);
    const mine = ++asked;
    const now = text.value;
    try {
      const answer = await fetch(`${base}/sandbox/check`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: now, before: writing ? lineBefore() : undefined }) });
      if (!answer.ok) throw new Error(String(answer.status));
      const { problems: found, runs, next } = await answer.json();
      if (mine !== asked) return;
      show(found);
      offer(next);
      if (runs) run(now);
    } catch {
      if (mine === asked) tell(ui('sandbox.away'));
    }
  }

  /** @param {string} now */
  function run(now) {
    if (now === running) return;
    running = now;
    session.scenario(FIGURE, now);
    session.open(FIGURE, (log) => log, false);
  }

  /** The address is the scenario. */
  function keep() {
    const url = new URL(location.href);
    url.searchParams.delete('from');
    url.searchParams.set('s', text.value);
    const fits = url.href.length <= LONGEST_LINK;
    if (!fits) url.searchParams.delete('s');
    history.replaceState({ ...history.state, scenario: text.value }, '', url);
    return fits;
  }

  // ---- Marks

  /** @param {Problem[]} found */
  function show(found) {
    const before = problems.length;
    const same = JSON.stringify(found) === JSON.stringify(problems);
    problems = found;
    mark();
    // Nobody's finger should come down on a button that has just been replaced by its like.
    if (same && before === list.querySelectorAll('.place').length) return;
    list.replaceChildren(found.length ? html('ol', {}, ...found.map(row)) : '');
    if (!found.length && before) list.append(html('p', { class: 'fine' }, ui('sandbox.fine')));
    text.toggleAttribute('aria-invalid', found.length > 0);
  }

  /** @param {Problem} problem */
  function row(problem) {
    const go = html('button', { type: 'button', class: 'place' }, ui('page.sandbox.place', { line: problem.line, col: problem.col }));
    go.addEventListener('click', () => goTo(problem));
    const item = html('li', {}, go, ' ', html('span', { lang: 'en' }, problem.message));
    if (problem.suggest) {
      const use = html('button', { type: 'button', class: 'use' }, ui('sandbox.use', { word: problem.suggest }));
      use.addEventListener('click', () => {
        goTo(problem);
        insert(problem.suggest ?? '');
      });
      item.append(' ', use);
    }
    return item;
  }

  /** @param {Problem} problem */
  function goTo(problem) {
    const { start, end } = place(problem);
    choose(start, end);
  }

  /** Where a problem's word is in the text. @param {Problem} problem */
  function place({ line, col }) {
    const lines = text.value.split('\n');
    const before = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
    const own = lines[line - 1] ?? '';
    const offset = [...own].slice(0, col - 1).join('').length;
    const word = /^\S*/.exec(own.slice(offset))?.[0] ?? '';
    return { start: before + offset, end: before + offset + word.length };
  }

  function mark() {
    const lines = text.value.split('\n');
    numbers.replaceChildren(...lines.map((_, i) => html('span', { class: problems.some((p) => p.line === i + 1) ? 'bad' : null }, String(i + 1))));
    const at = problems.map(place).sort((a, b) => a.start - b.start);
    const pieces = [];
    let done = 0;
    for (const { start, end } of at) {
      if (start < done) continue;
      pieces.push(text.value.slice(done, start), html('mark', {}, text.value.slice(start, end) || ' '));
      done = end;
    }
    mirror.replaceChildren(...pieces, text.value.slice(done), '\n');
    scroll();
  }

  function scroll() {
    mirror.style.transform = `translate(${-text.scrollLeft}px,${-text.scrollTop}px)`;
    numbers.scrollTop = text.scrollTop;
  }

  // ---- The words that can come next

  const lineBefore = () => text.value.slice(0, text.selectionStart).split('\n').pop() ?? '';

  /** @param {{word: string, words: string[] | null, wants?: string} | undefined} next */
  function offer(next) {
    const words = next?.words ?? [];
    bar.replaceChildren(...words.map((word) => chip(word, next?.word ?? '')));
    const first = bar.querySelector('button');
    if (first) first.tabIndex = 0;
    if (!words.length && next?.wants) bar.append(html('span', { lang: 'en', class: 'wants' }, next.wants));
    bar.hidden = false; // what lies below does not move while somebody writes
  }

  /** @param {string} word @param {string} begun */
  function chip(word, begun) {
    const button = html('button', { type: 'button', tabindex: -1 }, word);
    button.addEventListener('click', () => {
      const at = text.selectionStart;
      choose(at - begun.length, at);
      insert(word.endsWith('=') ? word : `${word} `);
    });
    return button;
  }

  bar.addEventListener('keydown', (e) => {
    const all = [...bar.querySelectorAll('button')];
    const i = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const to = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: all.length - 1 }[e.key];
    if (e.key === 'Escape') text.focus();
    else if (to === undefined) return;
    else {
      const next = all[(to + all.length) % all.length];
      all.forEach((b) => { b.tabIndex = b === next ? 0 : -1; });
      next.focus();
    }
    e.preventDefault();
  });

  text.addEventListener('keydown', (e) => {
    if (!(e.key === ' ' && e.ctrlKey) && !(e.key === 'ArrowDown' && e.altKey)) return;
    e.preventDefault();
    void check(true).then(() => bar.querySelector('button')?.focus());
  });

  /** @param {number} start @param {number} end */
  function choose(start, end) {
    text.focus();
    text.setSelectionRange(start, end);
  }

  /** As if it had been typed, so that the editor's own undo takes it back. @param {string} words */
  function insert(words) {
    if (!document.execCommand('insertText', false, words)) {
      text.setRangeText(words, text.selectionStart, text.selectionEnd, 'end');
      text.dispatchEvent(new Event('input'));
    }
  }

  // ---- Deeds

  /** @param {string} words */
  function tell(words) {
    said.textContent = words;
  }

  form.addEventListener('submit', (e) => {
    e.preventDefault();
    void check(false).then(() => {
      if (problems.length) return goTo(problems[0]);
      const play = /** @type {HTMLElement | null} */ (document.querySelector('figure .key.play'));
      play?.focus();
      play?.scrollIntoView({ block: 'nearest' });
    });
  });

  part('share').addEventListener('click', async () => {
    if (!keep()) return tell(ui('sandbox.long'));
    try {
      await navigator.clipboard.writeText(location.href);
      tell(ui('sandbox.copied'));
    } catch {
      tell(ui('sandbox.uncopied'));
    }
  });

  part('save').addEventListener('click', () => {
    const link = html('a', { href: URL.createObjectURL(new Blob([text.value], { type: 'text/plain' })), download: 'scenario.txt' });
    link.click();
    URL.revokeObjectURL(link.href);
    tell(ui('sandbox.saved', { name: 'scenario.txt' }));
  });

  file.addEventListener('change', async () => {
    const chosen = file.files?.[0];
    file.value = '';
    if (!chosen) return;
    const content = chosen.size <= LONGEST_LINK ? (await chosen.text()).replaceAll('\r\n', '\n') : '\0';
    if (content.includes('\0')) return tell(ui('sandbox.unread'));
    text.focus();
    text.select();
    insert(content);
    tell('');
  });

  // ---- Begin

  text.addEventListener('input', () => {
    mark();
    keep();
    later();
  });
  text.addEventListener('scroll', scroll);
  document.addEventListener('selectionchange', () => document.activeElement === text && later());
  for (const name of ['share', 'save', 'load']) part(name).hidden = false;
  // What was being written when the reader left, and was too long for the address.
  const kept = history.state?.scenario;
  if (typeof kept === 'string' && kept !== text.value && !new URL(location.href).searchParams.has('s')) text.value = kept;
  mark();
  void check(false);
}
