import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { brief, cite, say, why } from '../js/panels/say.js';
import { spoken } from '../js/panels/speech.js';
import { createVoice } from '../js/voice.js';
import { fill, roughly, share, time } from '../js/units.js';
import { NAMES, file, fixture, run } from './runs.js';

/** @type {Record<string, import('../js/types').Words>} */
const words = { en: JSON.parse(file('words/en.json')), zh: JSON.parse(file('words/zh.json')) };
/** @type {import('../js/types').Sources} */
const sources = JSON.parse(file('words/sources.json'));
const top = new URL('../../', import.meta.url);

test('a Latin name has room among Chinese words, as on the server', () => {
  const names = (/** @type {Record<string, string>} */ of) => fill('现在关闭{x}，{y}在等待', (name) => of[name]);
  assert.equal(names({ x: 'lazy', y: 'web' }), '现在关闭 lazy，web 在等待');
  assert.equal(names({ x: '客户端', y: '服务器' }), '现在关闭客户端，服务器在等待');
});

test('the fixtures, which the server reads as well, are said as they are written', () => {
  for (const { lang, event, sent, text } of fixture('say-fixtures')) assert.equal(say(words[lang], event, sent), text);
});

test('both catalogues have the same keys, in the same order', () => {
  assert.deepEqual(Object.keys(words.zh), Object.keys(words.en));
});

test('a sentence has the same values in both languages', () => {
  const values = (/** @type {string} */ s) => [...new Set(s.match(/\{[a-z_]+\}/g) ?? [])].sort();
  for (const key in words.en) assert.deepEqual(values(words.zh[key]), values(words.en[key]), key);
});

test('Chinese is set with Chinese punctuation, and states keep their names', () => {
  for (const [key, text] of Object.entries(words.zh)) {
    assert.doesNotMatch(text, /[\u4e00-\u9fff][,;:!?]|[,;:](?=[\u4e00-\u9fff])/, key);
    assert.doesNotMatch(text, /握手/, `${key}: the segments of a close are 挥手`);
    for (const state of words.en[key].match(/\b(?:FIN_WAIT_[12]|CLOSE_WAIT|CLOSING|LAST_ACK|TIME_WAIT|CLOSED)\b/g) ?? []) assert.ok(text.includes(state), `${key} lacks ${state}`);
  }
});

test('every reason that the engine knows has words, and every reason with words is known', () => {
  const codes = new Set(['script', 'learner', 'eof', 'to-end', 'drop', 'chance', 'quiet', 'until', 'limit', 'both', 'loss', 'delay', 'lifetime']);
  for (const folder of ['sim/', 'sim/tcp/', 'sim/capture/']) {
    for (const name of readdirSync(new URL(folder, top)).filter((n) => n.endsWith('.go') && !n.endsWith('_test.go'))) {
      for (const [, code] of readFileSync(new URL(folder + name, top), 'utf8').matchAll(/^\s*Why\w+\s+(?:Why\s+)?= "([a-z0-9-]+)"/gm)) codes.add(code);
    }
  }
  assert.ok(codes.has('ack-of-fin') && codes.has('closed-port'), 'the engine has been found');
  const told = new Set(Object.keys(words.en).flatMap((key) => /^say\.(?:state|sent|ignored|lost|held|copied|arrived|end|call)\.([a-z0-9-]+)/.exec(key)?.[1] ?? []));
  for (const code of codes) if (!['both', 'loss', 'delay', 'script', 'lifetime'].includes(code)) assert.ok(told.has(code), `no words for ${code}`);
  // The contract has a reason of its own for a wait of 0, should the engine want to tell it apart.
  for (const code of told) assert.ok(codes.has(code), `words for ${code}, which nothing says`);
});

test('every string of the interface is used, and every one that is used exists', () => {
  const folders = readdirSync(new URL('static/js/', top), { withFileTypes: true }).filter((d) => d.isDirectory()).map((d) => d.name);
  const code = [['static/js/', '.js'], ...folders.map((folder) => [`static/js/${folder}/`, '.js']), ['web/', '.go'], ['web/', '.templ'], ['lessons/', '.go'], ['lessons/ladder/', '.go'], ['sim/capture/', '.go'], ['cmd/fourwaves/', '.go']].flatMap(([folder, ext]) =>
    readdirSync(new URL(folder, top)).filter((n) => n.endsWith(ext) && !n.endsWith('_templ.go') && !n.endsWith('_test.go')).map((n) => readFileSync(new URL(folder + n, top), 'utf8'))).join('\n');
  // Strings as they are written, and patterns where a part is put in: `fate.${x}`, "error." + status + ".title".
  const literals = new Set([...code.matchAll(/(['"])([a-z0-9A-Z_.-]+)\1/g)].map((m) => m[2]));
  const patterns = [...code.matchAll(/`([a-z.]+)\$\{[^`]+\}([a-z.]*)`/g)].map((m) => new RegExp(`^${m[1]}.+${m[2]}$`));
  patterns.push(...[...code.matchAll(/"([a-z.]+\.)" \+ \w[^"]*\+ "(\.[a-z]+)"/g)].map((m) => new RegExp(`^${m[1]}.+${m[2]}$`)));
  patterns.push(...[...code.matchAll(/f\.t\("([a-z.]+\.)" \+ [\w.]+\)/g)].map((m) => new RegExp(`^${m[1]}.+$`)));
  for (const key of Object.keys(words.en).filter((k) => k.startsWith('ui.'))) {
    const name = key.replace(/^ui\.(page\.)?/, '');
    assert.ok(literals.has(name) || literals.has(key) || patterns.some((p) => p.test(name)), `${key} is never used`);
  }
  for (const [, name] of code.matchAll(/\bui\('([a-z0-9A-Z_.-]+)'/g)) assert.ok(words.en[`ui.${name}`], `ui.${name} does not exist`);
  for (const [, name] of code.matchAll(/\bf\.t\("([a-z0-9.-]*[a-z0-9])"/g)) assert.ok(words.en[`ui.page.${name}`], `ui.page.${name} does not exist`);
});

test('every source is a place in a document that can be opened', () => {
  for (const [key, { text, url }] of Object.entries(sources)) {
    assert.match(url, /^https:\/\/(www\.rfc-editor\.org\/rfc\/rfc\d+#section-[\d.]+|docs\.kernel\.org\/)/, key);
    assert.ok(text, key);
  }
});

test('every change of state and every segment of the runs has a reason and a source', () => {
  for (const name of NAMES) {
    for (const e of run(name)) {
      if (e.ev !== 'state' && e.ev !== 'sent') continue;
      assert.ok(cite(sources, e), `no source for ${JSON.stringify(e)}`);
      for (const lang of ['en', 'zh']) if (e.why !== 'ack-syn') assert.ok(why(words[lang], e), `no reason for ${JSON.stringify(e)}`);
    }
  }
});

test('times are said exactly, with two decimals under ten seconds', () => {
  assert.deepEqual([0, 5000, 1500, 50, 50_000, 55_000, 250_000, 1e6, 7_250_000, 9_999_999, 13_250_000, 60e6].map(time),
    ['0 s', '5 ms', '1.5 ms', '0.05 ms', '0.05 s', '0.055 s', '0.25 s', '1.00 s', '7.25 s', '9.999999 s', '13.25 s', '60 s']);
  assert.deepEqual([0, 50_000, 1e6, 1_500_000, 60e6].map(roughly), ['0 s', '50 ms', '1 s', '1.5 s', '60 s']);
  assert.deepEqual([0, 5000, 200_000].map(share), ['0 %', '0.5 %', '20 %']);
});

test('a code that no catalogue knows is still a sentence', () => {
  assert.equal(say(words.en, { at: 0, ev: 'ignored', host: 'client', why: 'for-fun', kind: 'ACK', flags: 'ACK', seq: 7 }), 'ignores ACK, seq 7');
  assert.equal(say(words.en, { at: 0, ev: 'unheard-of' }), '');
});

/** @param {'en' | 'zh'} lang */
async function voiceOf(lang) {
  const voice = createVoice(words[lang], sources, lang);
  await voice.learn();
  return voice;
}

/** The steps of a run as they are spoken, one after the other. @param {string} name @param {'en' | 'zh'} lang @param {Partial<import('../js/settings.js').Speech>} wants */
async function steps(name, lang, wants) {
  const voice = await voiceOf(lang);
  const events = run(name).filter((e) => e.ev !== 'preset');
  const sent = new Map(events.filter((e) => e.ev === 'sent').map((e) => [e.seg, e]));
  const heard = new Set();
  return [...new Set(events.map((e) => e.at))].map((at) => spoken(events.filter((e) => e.at === at), (seg) => sent.get(seg), voice, { length: 'first', time: true, who: true, timers: true, ...wants }, heard));
}

test('a step is spoken in full when its like is heard for the first time, and later in short', async () => {
  const said = await steps('lost-last-ack', 'en', {});
  assert.equal(said[0], '0 s. Client: calls close(). Client: ESTABLISHED to FIN_WAIT_1: the application has closed. Client: sends FIN,ACK, seq 100, ack 300: it has nothing more to send. Client: starts its retransmission timer, due at 1.00 s');
  const again = said.find((s) => s.startsWith('0.20 s'));
  assert.equal(again, '0.20 s. Server: calls close(). LAST_ACK. Sends FIN,ACK. Retransmission due at 1.20 s');
});

test('what is spoken can be full or short throughout, and each of its parts can be left out', async () => {
  const last = async (/** @type {Partial<import('../js/settings.js').Speech>} */ wants, /** @type {'en' | 'zh'} */ lang = 'en') => (await steps('four-way-close', lang, wants)).find((s) => /LAST_ACK/.test(s));
  for (const [wants, text] of /** @type {[Partial<import('../js/settings.js').Speech>, string][]} */ ([
    [{ length: 'long' }, '0.20 s. Server: calls close(). Server: CLOSE_WAIT to LAST_ACK: the application has closed. Server: sends FIN,ACK, seq 300, ack 101: it has nothing more to send. Server: starts its retransmission timer, due at 1.20 s'],
    [{}, '0.20 s. Server: calls close(). LAST_ACK. Sends FIN,ACK. Retransmission due at 1.20 s'],
    [{ time: false }, 'Server: calls close(). LAST_ACK. Sends FIN,ACK. Retransmission due at 1.20 s'],
    [{ who: false }, '0.20 s. Calls close(). LAST_ACK. Sends FIN,ACK. Retransmission due at 1.20 s'],
    [{ timers: false }, '0.20 s. Server: calls close(). LAST_ACK. Sends FIN,ACK'],
  ])) assert.equal(await last({ length: 'short', ...wants }), text);
  assert.equal(await last({ length: 'short' }, 'zh'), '0.20 s。服务器：调用 close()。LAST_ACK。发送 FIN,ACK。重传定时器 1.20 s 到期');
});

test('a step of timers alone is said even where timers are left out', async () => {
  const voice = await voiceOf('en');
  const wants = { length: /** @type {const} */ ('long'), time: true, who: true, timers: false };
  const stop = { at: 50_000, ev: 'timer', do: 'stop', timer: 'RTO', host: 'client' };
  assert.equal(spoken([stop], () => undefined, voice, wants, new Set()), '0.05 s. Client: stops its retransmission timer');
});

test('every short sentence is shorter than the full one', () => {
  let shorter = 0;
  for (const lang of ['en', 'zh']) {
    for (const name of NAMES) {
      const sent = new Map(run(name).filter((e) => e.ev === 'sent').map((e) => [e.seg, e]));
      for (const e of run(name)) {
        const [short, full] = [brief(words[lang], e, sent.get(e.seg)), say(words[lang], e, sent.get(e.seg))];
        assert.ok(short && short.length <= full.length, `${short} | ${full}`);
        if (short.length < full.length) shorter++;
      }
    }
  }
  assert.ok(shorter > 200, `only ${shorter}`);
});
