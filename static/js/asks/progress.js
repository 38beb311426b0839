/**
 * progress.js: what this learner has done, kept in this browser and nowhere else.
 *
 * One entry for each prediction and challenge that was answered, shown or solved, under the names that the wire uses:
 * `done()` lists them for a map of the course. A browser that keeps nothing (a private window, a full store) forgets at the
 * end of the page, and nothing else is lost.
 */

/**
 * @typedef {'right' | 'wrong' | 'shown' | 'solved'} How
 * @typedef {{lesson: string, figure: string, ask: string, how: How}} Deed `figure` is lesson/name
 */

const KEY = 'fourwaves.progress';

/** @type {Record<string, How>} by `figure ask` */
let deeds = read();

/** @returns {Record<string, How>} */
function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return kept && typeof kept === 'object' && !Array.isArray(kept) ? kept : {};
  } catch {
    return {};
  }
}

function write() {
  try {
    localStorage.setItem(KEY, JSON.stringify(deeds));
  } catch {
    // Nothing is kept, then.
  }
}

/** Everything that was done. @returns {Deed[]} */
export function done() {
  return Object.entries(deeds).map(([key, how]) => {
    const [figure, ask] = key.split(' ');
    return { lesson: figure.split('/')[0], figure, ask, how };
  });
}

/** The names of a figure's predictions and challenges that are done. @param {string} figure */
export const doneIn = (figure) => done().filter((d) => d.figure === figure).map((d) => d.ask);

/** What was done first counts: to see an answer again does not make it less right. @param {string} figure @param {string} ask @param {How} how */
export function mark(figure, ask, how) {
  deeds = { ...read(), ...deeds };
  deeds[`${figure} ${ask}`] ??= how;
  write();
}

/** @param {string} figure @param {string[]} asks */
export function forget(figure, asks) {
  deeds = Object.fromEntries(Object.entries({ ...read(), ...deeds }).filter(([key]) => !asks.some((ask) => key === `${figure} ${ask}`)));
  write();
}
