/**
 * chromium.js: a real browser for the measurements of this folder, driven over its debugging pipe. No package is needed.
 */

import { spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const types = /** @type {Record<string, string>} */ ({ '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.json': 'application/json' });
const page = '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Measurement</title><link rel="stylesheet" href="/css/page.css"><link rel="stylesheet" href="/css/figure.css"><body>';

/** @typedef {{name: string, ph: string, ts: number, dur?: number, pid: number, tid: number, cat: string, args: any}} TraceEvent */

/**
 * Serves static/ on the loopback, opens a window of 1280 by 1000 px and gives it to `use`.
 * @template T
 * @param {(browser: Browser) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withChromium(use) {
  const path = process.argv[2] ?? process.env.FOURWAVES_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync) ?? 'chromium';
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (asked === '/') return response.setHeader('content-type', 'text/html').end(page);
    const file = join(root, normalize(asked));
    if (!file.startsWith(root) || !existsSync(file)) return response.writeHead(404).end();
    response.setHeader('content-type', types[extname(file)] ?? 'text/plain');
    return createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const profile = mkdtempSync(join(tmpdir(), 'fourwaves-bench-'));
  const chromium = spawn(path, ['--headless', '--no-sandbox', '--remote-debugging-pipe', `--user-data-dir=${profile}`, '--window-size=1280,1000'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const gone = new Promise((resolve) => chromium.once('exit', resolve));
  chromium.once('error', (error) => {
    console.error(`${path}: ${error.message}; name a Chromium as the first argument`);
    process.exit(1);
  });
  try {
    const browser = await browserOf(chromium, `http://127.0.0.1:${port}/`);
    const result = await use(browser);
    await browser.close();
    return result;
  } finally {
    chromium.kill();
    await gone;
    // Its helpers may still be writing their last.
    for (let i = 0; i < 50 && existsSync(profile); i++) {
      try {
        rmSync(profile, { recursive: true, force: true });
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    server.close();
  }
}

/** @typedef {Awaited<ReturnType<typeof browserOf>>} Browser */

/** @param {import('node:child_process').ChildProcess} chromium @param {string} url */
async function browserOf(chromium, url) {
  const [write, read] = [/** @type {import('node:stream').Writable} */ (chromium.stdio[3]), /** @type {import('node:stream').Readable} */ (chromium.stdio[4])];
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
  const asked = new Map();
  /** @type {Map<string, (params: any) => void>} */
  const listeners = new Map();
  let id = 0;
  let rest = '';
  read.setEncoding('utf8').on('data', (chunk) => {
    const messages = (rest + chunk).split('\0');
    rest = messages.pop() ?? '';
    for (const text of messages) {
      const message = JSON.parse(text);
      const question = asked.get(message.id);
      if (!question) listeners.get(message.method)?.(message.params);
      else if (message.error) question.reject(new Error(message.error.message));
      else question.resolve(message.result);
    }
  });

  /** @param {string} method @param {object} [params] @param {string} [sessionId] @returns {Promise<any>} */
  function call(method, params = {}, sessionId) {
    id++;
    write.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => asked.set(id, { resolve, reject }));
  }

  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  await call('Page.enable', {}, sessionId);
  const loaded = new Promise((resolve) => listeners.set('Page.loadEventFired', resolve));
  await call('Page.navigate', { url }, sessionId);
  await loaded;

  /** What a module of this folder makes of its arguments, in the page. @param {string} module @param {string} name @param {...unknown} args @returns {Promise<any>} */
  async function run(module, name, ...args) {
    const expression = `import('/bench/${module}').then((m) => m.${name}(...${JSON.stringify(args)}))`;
    const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  return {
    run,
    close: () => call('Browser.close'),
    /** The same, and what the browser recorded meanwhile. @param {string} module @param {string} name @param {...unknown} args @returns {Promise<{value: any, trace: TraceEvent[]}>} */
    async traced(module, name, ...args) {
      /** @type {TraceEvent[]} */
      const trace = [];
      listeners.set('Tracing.dataCollected', ({ value }) => trace.push(...value));
      const complete = new Promise((resolve) => listeners.set('Tracing.tracingComplete', resolve));
      await call('Tracing.start', { traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing', '__metadata'] }, transferMode: 'ReportEvents' });
      const value = await run(module, name, ...args);
      await call('Tracing.end');
      await complete;
      return { value, trace };
    },
  };
}

/** @param {number[]} numbers @param {number} share */
export const quantile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? NaN;
