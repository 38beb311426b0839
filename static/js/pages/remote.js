/**
 * remote.js: the page of a phone that turns a figure on another screen.
 *
 * The buttons are a form, which works by itself; here it is sent without leaving the page. What the figure says comes from
 * the server when there is news (web/remote.go), so nothing here asks by the clock unless the server is away.
 */

/** @typedef {{seen: number, state: 'on' | 'away' | 'over', says: string}} News */

const AGAIN_MS = 1500;
const { base = '', code = '', seen: first = '0' } = document.body.dataset;
const form = /** @type {HTMLFormElement} */ (document.querySelector('[data-part="turns"]'));
const says = /** @type {HTMLElement} */ (document.querySelector('[data-part="says"]'));

/** What the keys of a keyboard or of a clicker press. @type {Record<string, string>} */
const KEYS = { PageDown: 'next', ArrowRight: 'next', PageUp: 'back', ArrowLeft: 'back' };

/** @param {string} state */
const be = (state) => { document.body.dataset.state = state; };

/** @param {string} turn */
async function press(turn) {
  if (document.body.dataset.state === 'over') return;
  navigator.vibrate?.(12);
  try {
    const answer = await fetch(form.action, { method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams({ do: turn }) });
    if (answer.status === 404) be('over');
  } catch {
    be('lost');
  }
}

form.addEventListener('submit', (e) => {
  e.preventDefault();
  if (e.submitter instanceof HTMLButtonElement) void press(e.submitter.value);
});

document.addEventListener('keydown', (e) => {
  if (!KEYS[e.key] || e.altKey || e.ctrlKey || e.metaKey) return;
  e.preventDefault();
  void press(KEYS[e.key]);
});

/** @param {News} news */
function show(news) {
  be(news.state);
  for (const button of form.querySelectorAll('button')) button.disabled = news.state === 'over';
  const now = news.says || says.dataset.begin || '';
  if (news.state !== 'over' && says.textContent?.trim() !== now) says.textContent = now;
}

async function listen() {
  for (let seen = Number(first), over = false; !over;) {
    try {
      const answer = await fetch(`${base}/remote/${code}/news?seen=${seen}`);
      const news = /** @type {News} */ (await answer.json());
      over = news.state === 'over';
      // The same as before: the server has asked to be asked again, or has too many who wait.
      if (news.seen === seen && !over) await pause(AGAIN_MS / 10);
      seen = news.seen;
      show(news);
    } catch {
      be('lost');
      await pause(AGAIN_MS);
    }
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

void listen();
