/**
 * frame.js: the time of one frame while 50 segments are in flight, in a real browser.
 *
 *     node static/bench/frame.js [path of Chromium]
 *
 * It serves this folder on a free port of the loopback, opens a page that plays a run in which 50 segments are always under
 * way, and lets the browser tell over its debugging pipe what a frame cost: the script's share (what `draw` does) and the
 * distance from frame to frame, which shows whether the browser kept up with the screen. No package is needed.
 */

import { spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const browser = process.argv[2] ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync) ?? 'chromium';
const root = fileURLToPath(new URL('..', import.meta.url));
const types = /** @type {Record<string, string>} */ ({ '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' });
const page = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Frame time</title>
<link rel="stylesheet" href="/css/figure.css"><link rel="stylesheet" href="/css/page.css">
<figure class="figure"><div class="stage" data-part="stage"></div></figure><script type="module" src="/bench/frame.page.js"></script>`;

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (path === '/') return response.setHeader('content-type', 'text/html').end(page);
  const file = join(root, normalize(path));
  if (!file.startsWith(root) || !existsSync(file)) return response.writeHead(404).end();
  response.setHeader('content-type', types[extname(file)] ?? 'text/plain');
  return createReadStream(file).pipe(response);
}).listen(0, '127.0.0.1', () => {
  const profile = mkdtempSync(join(tmpdir(), 'frame-'));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const chromium = spawn(browser, ['--headless', '--no-sandbox', `--user-data-dir=${profile}`, '--window-size=1280,1000', '--enable-logging=stderr', '--v=0', `http://127.0.0.1:${port}/`], { stdio: ['ignore', 'ignore', 'pipe'] });
  const give = setTimeout(() => finish('no answer within 60 s', 1), 60_000);
  let log = '';
  chromium.stderr.on('data', (chunk) => {
    log += chunk;
    const told = /FRAMES (\{.*?\})/.exec(log);
    if (told) finish(told[1].replaceAll('\\"', '"'), 0);
  });

  /** @param {string} result @param {number} code */
  function finish(result, code) {
    clearTimeout(give);
    console.log(result);
    chromium.on('exit', () => {
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
      process.exit(code);
    });
    chromium.kill();
    server.close();
  }
});
