/**
 * history.js: the runs that a learner has been through, as logs to go back to.
 *
 * A drag passes through many runs and is one edit; Back in the browser may have undone some of what is remembered here; a
 * splice may bring the rest of a run that has been settled already. All of that is about logs alone, so it is told apart
 * here and not where the parts of a figure meet.
 */

/** @typedef {import('../types').Run} Run */

/** @param {readonly string[]} a @param {readonly string[]} b whether two logs are the same */
export function same(a, b) {
  return a.join(';') === b.join(';');
}

export function createHistory() {
  /** @type {string[][]} */
  let past = [];
  let undoing = false;
  /** @type {Run | null} the run after the last finished edit */
  let settled = null;

  return {
    /** The run that an edit which is not finished yet began with. */
    get settled() { return settled; },
    /** Whether this run is another one than the settled. @param {Run} next */
    differs: (next) => settled !== null && !same(settled.log, next.log),
    /** More of the run that is settled. @param {Run} next */
    grow(next) {
      if (settled && settled.rev === next.rev) settled = next;
    },
    /** The answer to an edit. @param {Run} next @param {{kind: string, finished: boolean}} request */
    settle(next, { kind, finished }) {
      if (kind === 'control' && !finished) return;
      // An open that is not finished came from the address, as Back does: it is no edit to undo.
      if (!finished) past = past.filter((log) => !same(log, next.log));
      else if (settled && !undoing && !same(settled.log, next.log)) past.push(settled.log);
      undoing = false;
      settled = next;
    },
    /** The server would not have it. */
    refused() {
      undoing = false;
    },
    /** The log to go back to. @param {string[]} now @returns {string[]} */
    back(now) {
      undoing = true;
      // Back in the browser may have undone some of it already.
      while (past.length && same(past[past.length - 1], now)) past.pop();
      return past.pop() ?? now.slice(0, -1);
    },
  };
}
