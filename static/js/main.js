/**
 * main.js: the page: its figures, its connection, and its address, which is what they show.
 */

import { connect } from './session.js';
import { createFigure } from './figure.js';
import { createVoice } from './voice.js';

/** @typedef {ReturnType<typeof createFigure>} Figure */

const { base = '', lang = 'en', static: files = '', version = '1' } = document.body.dataset;

const framed = document.body.classList.contains('embed');

/** @typedef {{figure: Figure, name: string, root: HTMLElement, asks?: {verdict(verdict: import('./types').Verdict): void}}} Entry */
/** @type {Map<string, Entry>} by the id that the wire uses */
const figures = new Map();

async function start() {
  const roots = [...document.querySelectorAll('figure[data-figure]')].filter((node) => node instanceof HTMLElement);
  if (!roots.length) return;
  const session = connect(socketUrl(), { spliced, failed, status, verdict: (id, verdict) => figures.get(id)?.asks?.verdict(verdict) }, Number(version));
  session.dial();
  const [words, sources] = await Promise.all([json(`${files}/words/${lang}.json`), json(`${files}/words/sources.json`)]);

  land();
  let turn = Promise.resolve();
  /** @type {Set<HTMLElement>} */
  const begun = new Set();
  // A figure begins when it comes near, so that the first is drawn first. Who moves by keys, searches or prints may get anywhere.
  const near = new IntersectionObserver((seen) => seen.forEach((e) => e.isIntersecting && come(/** @type {HTMLElement} */ (e.target))), { rootMargin: '100% 0px' });
  for (const root of roots) document.body.dataset.module ? come(root) : near.observe(root);
  for (const sign of ['keydown', 'beforeprint']) addEventListener(sign, () => roots.forEach(come), { once: true });
  addEventListener('beforeprint', () => roots.forEach(onPaper));

  /** One after the other, and between two the browser may do something else. @param {HTMLElement} root */
  function come(root) {
    if (begun.has(root)) return;
    begun.add(root);
    turn = turn.then(() => begin(root)).catch(broken).then(breath);
  }

  /** One figure. What asks something comes in a module of its own. @param {HTMLElement} root */
  async function begin(root) {
    const id = root.dataset.figure ?? '';
    const voice = createVoice(words, sources, lang);
    const recorded = root.querySelector('script[id^="recorded-"]')?.textContent;
    const fixed = () => figure.tell(false, voice.ui('recorded'));
    const figure = createFigure(root, {
      voice,
      control: recorded ? fixed : (at, line, finished) => session.control(id, at, line, finished),
      open: recorded ? fixed : (log) => session.open(id, log),
    });
    if (recorded) {
      figure.show({ rev: 1, end: true, log: [], ...JSON.parse(recorded) }, null, false);
      return;
    }
    figure.status(voice.ui('connecting'));
    /** @type {Entry} */
    const entry = { figure, name: root.dataset.name ?? id, root };
    figures.set(id, entry);
    root.querySelector('.take')?.addEventListener('toggle', async () => (await import('./panels/take.js')).fill(root, figure, voice, { say: (message) => session.say(id, message), hear: (ear) => session.hear(id, ear) }), { once: true });
    if (root.dataset.asks) entry.asks = (await import('./asks/asks.js')).createAsks({ root, id, figure, voice, session });
    else session.asking(id, { shown: ['*'] });
    if (root.dataset.scenario !== undefined) session.scenario(id, root.dataset.scenario);
    session.open(id, logIn(location.href, root.dataset.name ?? id), false);
    // Finding a font takes the browser longer than drawing with it: each gets a task of its own, while the run is on its way.
    for (const role of /** @type {const} */ (['label', 'small', 'plain'])) {
      await breath();
      voice.width('0', role);
    }
  }
  const page = { home: () => import('./pages/home.js'), sandbox: () => import('./pages/sandbox.js'), embed: () => import('./pages/embed.js') }[document.body.dataset.module ?? ''];
  void page?.().then((page) => page.start({ session, figures, ui, base }));
  window.addEventListener('popstate', () => {
    for (const [id, { figure, name }] of figures) {
      const log = logIn(location.href, name);
      if (log.join(';') !== figure.log?.join(';')) session.open(id, log, false);
    }
  });

  /** @param {string} id @param {import('./types').Run} run @param {import('./types').Request | null} answered @param {import('./types').Splice} splice */
  function spliced(id, run, answered, splice) {
    const entry = figures.get(id);
    if (!entry) return;
    const { figure, name } = entry;
    const before = figure.log;
    figure.show(run, answered, session.waiting(id));
    figure.status('');
    // Against the address, not against the run before: a drag's last step asks for what its last but one already brought.
    if (answered?.finished && logIn(location.href, name).join(';') !== run.log.join(';')) history[framed ? 'replaceState' : 'pushState'](null, '', withLog(location.href, name, run.log, version));
    if (!before) noteVersion(figure, splice.version);
  }

  /** @param {string} id @param {import('./types').WireError} error @param {import('./types').Request | null} refused */
  async function failed(id, error, refused) {
    const entry = figures.get(id);
    if (!entry) return;
    const { root, figure } = entry;
    const { leadOf, serverSays } = await import('./edits/problems.js');
    const lead = leadOf(error, words, ui);
    const said = figure.log ? null : root.querySelector('.figure-problem[role="alert"]');
    if (said) said.replaceChildren(lead, ' ', serverSays(error.message));
    else figure.tell(true, lead, error.message);
    if (refused?.kind === 'open' && refused.log.length && !figure.log) session.open(id, [], false);
  }

  /** @param {'connecting' | 'open' | 'reconnecting'} now */
  function status(now) {
    for (const { figure } of figures.values()) figure.status(now === 'open' ? '' : ui(figure.log ? 'reconnecting' : 'connecting'));
  }

  /** @param {Figure} figure @param {number | undefined} ours */
  function noteVersion(figure, ours) {
    const theirs = new URL(location.href).searchParams.get('v');
    if (theirs && theirs !== String(ours ?? version)) figure.tell(false, ui('version', { theirs, ours: ours ?? version }));
  }

  /** @param {string} key @param {Record<string, string | number>} [values] */
  function ui(key, values = {}) {
    return String(words[`ui.${key}`] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
  }
}

/** What begins above may become higher: whoever has come for a place on the page stays there, for a moment or until he moves. */
function land() {
  const place = document.querySelector(':target');
  const [visit] = performance.getEntriesByType('navigation');
  if (!place || (visit instanceof PerformanceNavigationTiming && visit.type !== 'navigate')) return; // the browser goes back to where it was
  const size = new ResizeObserver(() => place.scrollIntoView({ behavior: 'instant' }));
  size.observe(document.body);
  for (const type of ['wheel', 'touchmove', 'keydown', 'pointerdown']) addEventListener(type, () => size.disconnect(), { once: true, passive: true });
  setTimeout(() => size.disconnect(), 8000);
}

/** The browser may paint, or hear of what has been touched. @returns {Promise<void>} */
const breath = () => new Promise((over) => setTimeout(over));

/** On paper a figure that has no picture yet is its ladder of text, which readers without scripts see. @param {HTMLElement} root */
function onPaper(root) {
  const text = new DOMParser().parseFromString(root.querySelector('noscript')?.textContent ?? '', 'text/html').querySelector('pre');
  if (root.dataset.ready || !text) return;
  root.prepend(text);
  addEventListener('afterprint', () => text.remove(), { once: true });
}

/** @param {string} url @returns {Promise<any>} */
async function json(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

function socketUrl() {
  const url = new URL(`${base}/socket`, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** The log that an address gives a figure. @param {string} href @param {string} name */
function logIn(href, name) {
  return (new URL(href).searchParams.get(name) ?? '').split(';').map((line) => line.trim()).filter(Boolean);
}

/** The address of the page with this log. @param {string} href @param {string} name @param {string[]} log @param {string} v */
function withLog(href, name, log, v) {
  const url = new URL(href);
  url.searchParams.delete('v');
  if (log.length) url.searchParams.set(name, log.join(';'));
  else url.searchParams.delete(name);
  if ([...url.searchParams.keys()].length) url.searchParams.set('v', v);
  return url.href;
}

/** There is no catalogue to take these from when it is the catalogue that does not come. */
const BROKEN = {
  en: 'The diagram could not be loaded. The list below is the same run; load the page again to see it move.',
  zh: '时序图没有加载成功。下面的列表是同一次运行；重新加载页面可以再试。',
};

for (const sign of ['pointerover', 'focusin']) {
  document.addEventListener(sign, async ({ target }) => {
    const term = target instanceof Element && target.closest('a.term');
    if (term) (await import('./panels/terms.js')).showCard(term);
  });
}

/** @param {unknown} error */
function broken(error) {
  console.error(error);
  for (const root of document.querySelectorAll('figure[data-figure]')) {
    const note = document.createElement('p');
    note.className = 'figure-problem';
    note.setAttribute('role', 'status');
    note.textContent = lang === 'zh' ? BROKEN.zh : BROKEN.en;
    root.querySelector('[data-part="stage"]')?.replaceWith(note);
  }
}

start().catch(broken);
