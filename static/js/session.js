/**
 * session.js: the wire. One WebSocket carries every figure of the page.
 */

/**
 * @typedef {import('./types').Run} Run @typedef {import('./types').Splice} Splice @typedef {import('./types').Wired} Figure
 * @typedef {import('./types').Request} Request @typedef {import('./types').Wish} Wish
 */

const FIRST_RETRY_MS = 400;
const LAST_RETRY_MS = 10_000;
const ANSWER_MS = 10_000;
export const PROTOCOL = 'fourwaves.v1';

/** @returns {Run} */
export const nothing = () => ({ rev: 0, events: [], end: false, log: [], facts: null, gate: null, captions: [] });

/**
 * What a splice makes of a run. A new run object, so that whoever holds the old one keeps it.
 * @param {Run} run @param {Splice} splice
 * @returns {Run}
 */
export function spliced(run, splice) {
  return {
    rev: splice.rev,
    events: run.events.slice(0, splice.from).concat(splice.events ?? []),
    end: splice.end,
    log: splice.facts || splice.log ? kept(run.log, splice.log ?? []) : run.log,
    facts: splice.facts ?? run.facts,
    gate: splice.gate ?? null,
    captions: splice.captions ?? (splice.rev === run.rev ? run.captions : []),
  };
}

/** @param {string} line whether it is in the run, and not only kept in the list */
const inRun = (line) => !line.startsWith('#');

/**
 * The server's log, with the lines that are switched off where they were.
 * @param {string[]} log as it was asked for @param {string[]} now as the server has it
 */
export function kept(log, now) {
  const out = [...now];
  log.forEach((line, i) => inRun(line) || out.splice(Math.min(i, out.length), 0, line));
  return out;
}

/**
 * Add a request to those that wait. A line that the same drag has outrun is dropped.
 * @param {Wish[]} queue @param {Wish} request
 * @returns {Wish[]}
 */
export function queued(queue, request) {
  const last = queue[queue.length - 1];
  if (request.kind === 'open') return typeof request.log === 'function' ? [...queue, request] : [request];
  const sameDrag = last?.kind === 'control' && !last.finished && stem(last.do) === stem(request.do);
  return sameDrag ? [...queue.slice(0, -1), request] : [...queue, request];
}

/** A line without its value. @param {string} line */
const stem = (line) => line.replace(/\S+$/, '');

/** @param {string} url @param {import('./types').WireListener} listener @param {number} version */
export function connect(url, listener, version) {
  /** @type {Map<string, Figure>} */
  const figures = new Map();
  /** @type {WebSocket | null} */
  let socket = null;
  let retry = FIRST_RETRY_MS;
  let timer = 0;
  let tries = 0;

  function dial() {
    clearTimeout(timer);
    listener.status(tries++ ? 'reconnecting' : 'connecting');
    const mine = (socket = new WebSocket(url, PROTOCOL));
    mine.onopen = () => {
      retry = FIRST_RETRY_MS;
      listener.status('open');
      for (const [name, figure] of figures) {
        figure.live = false;
        if (figure.sent) figure.queue.unshift(figure.sent);
        figure.sent = null;
        pump(name, figure);
        figure.ear?.({ type: 'connected' });
      }
    };
    mine.onmessage = (e) => receive(JSON.parse(e.data));
    mine.onclose = () => {
      if (socket !== mine) return;
      socket = null;
      for (const figure of figures.values()) clearTimeout(figure.overdue);
      listener.status('reconnecting');
      // Spread out: a class comes back, not all at once.
      timer = window.setTimeout(dial, retry * (0.7 + 0.6 * Math.random()));
      retry = Math.min(retry * 2, LAST_RETRY_MS);
    };
  }

  /** Send the next request of a figure, if none is on its way. @param {string} name @param {Figure} figure */
  function pump(name, figure) {
    if (figure.sent || socket?.readyState !== WebSocket.OPEN) return;
    const next = figure.queue[0];
    if (!figure.live && next?.kind !== 'open') {
      // First on this connection, and there is no newer wish: the run as the page has it.
      figure.sent = { kind: 'open', log: figure.run.log, finished: false };
      figure.live = true;
    } else if (next) {
      figure.queue.shift();
      figure.sent = next.kind === 'open' ? { ...next, log: typeof next.log === 'function' ? next.log(figure.run.log) : next.log } : next;
      figure.live = true;
    } else return;
    figure.rev = figure.run.rev;
    const { sent } = figure;
    write(sent.kind === 'open' ? { type: 'open', figure: name, log: sent.log.filter(inRun), v: version, scenario: figure.scenario, ...figure.asks } : { type: 'control', figure: name, rev: figure.run.rev, at: sent.at, do: sent.do });
    clearTimeout(figure.overdue);
    figure.overdue = window.setTimeout(() => socket?.close(), ANSWER_MS);
  }

  /** @param {any} message */
  function receive(message) {
    const figure = figures.get(message.figure);
    if (!figure) return;
    if (message.type === 'splice') {
      // The first splice of a revision brings the log, and only an answer makes a revision.
      const answered = message.log !== undefined || message.facts !== undefined || message.rev !== figure.run.rev ? answer(figure, message.rev) : null;
      figure.run = spliced(answered?.kind === 'open' ? { ...figure.run, log: answered.log } : figure.run, message);
      write({ type: 'credit', figure: message.figure, rev: message.rev, n: 1 });
      listener.spliced(message.figure, figure.run, answered, message);
    } else if (message.type === 'verdict') {
      listener.verdict?.(message.figure, message);
    } else if (message.type === 'error') {
      listener.failed(message.figure, message, settle(figure));
    } else figure.ear?.(message);
    pump(message.figure, figure);
  }

  /**
   * What a new revision answers; a control that it is too late for is made again.
   * @param {Figure} figure @param {number} rev
   */
  function answer(figure, rev) {
    if (figure.sent?.kind !== 'control' || rev === figure.rev + 1) return settle(figure);
    if (rev <= figure.rev) return null;
    const stale = settle(figure);
    if (stale) figure.queue.unshift(stale);
    return null;
  }

  /** @param {Figure} figure */
  function settle(figure) {
    const { sent } = figure;
    figure.sent = null;
    clearTimeout(figure.overdue);
    return sent;
  }

  /** @param {object} message */
  function write(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  /** @param {string} name @returns {Figure} */
  function figureOf(name) {
    let figure = figures.get(name);
    if (!figure) figures.set(name, (figure = { run: nothing(), queue: [], sent: null, rev: 0, live: false, overdue: 0 }));
    return figure;
  }

  /** @param {string} name @param {Wish} request */
  function ask(name, request) {
    const figure = figureOf(name);
    figure.queue = queued(figure.queue, request);
    pump(name, figure);
  }

  window.addEventListener('online', () => !socket && dial());
  // A browser keeps a page that is left for whoever comes back to it, but not one with a socket.
  window.addEventListener('pagehide', () => {
    const mine = socket;
    socket = null;
    clearTimeout(timer);
    for (const figure of figures.values()) clearTimeout(figure.overdue);
    mine?.close();
  });
  window.addEventListener('pageshow', (e) => e.persisted && dial());

  return {
    dial,
    /** Run a figure under exactly this log, or under what becomes of the one that it has then. @param {string} name @param {string[] | ((now: string[]) => string[])} log @param {boolean} [finished] */
    open: (name, log, finished = true) => ask(name, { kind: 'open', log, finished }),
    /** From the next `open` on, the figure runs this text. @param {string} name @param {string} text */
    scenario: (name, text) => { figureOf(name).scenario = text; },
    /** From the next `open` on, these predictions are done with, and this is the language of what is said. @param {string} name @param {{lang?: string, shown: string[]}} asks */
    asking: (name, asks) => { figureOf(name).asks = asks; },
    /** Anything that is no edit: a guess, a question to the judge. @param {string} name @param {Record<string, unknown>} message */
    say: (name, message) => write({ ...message, figure: name }),
    /** Who hears what is about the figure and not about its run, and of each new connection. @param {string} name @param {((message: import('./types').Heard) => void) | undefined} ear */
    hear: (name, ear) => { figureOf(name).ear = ear; },
    /** One edit at the playhead. @param {string} name @param {number} at @param {string} line @param {boolean} finished */
    control: (name, at, line, finished) => ask(name, { kind: 'control', at, do: line, finished }),
    /** @param {string} name whether an edit has not been answered yet */
    waiting: (name) => {
      const figure = figures.get(name);
      return !!figure && (figure.sent !== null || figure.queue.length > 0);
    },
  };
}
