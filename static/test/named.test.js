import assert from 'node:assert/strict';
import test from 'node:test';
import { partsOf } from '../js/panels/named.js';
import { say, why } from '../js/panels/say.js';
import { NAMES, file, run } from './runs.js';

/** @type {Record<string, import('../js/types').Words>} */
const words = { en: JSON.parse(file('words/en.json')), zh: JSON.parse(file('words/zh.json')) };

/** The words that name a mark, each with the mark. @param {string} sentence @param {{kind?: string, flags?: string}} [about] @param {'en' | 'zh'} [lang] */
const marks = (sentence, about, lang = 'en') => partsOf(sentence, words[lang]['ui.lost'], about)
  .flatMap(({ text, state, kind, lost }) => (state ? [`${text}: band ${state}`] : kind ? [`${text}: pill ${kind}`] : lost ? [`${text}: cross`] : []));

test('states are named in both spellings, kinds by what their flags say', () => {
  assert.deepEqual(marks('FIN_WAIT_2 → TIME-WAIT: both FINs'), ['FIN_WAIT_2: band FIN_WAIT_2', 'TIME-WAIT: band TIME_WAIT', 'FINs: pill FIN']);
  assert.deepEqual(marks('sends FIN,ACK, then RST, SYN,ACK and PSH,ACK; ACK'), ['FIN,ACK: pill FIN', 'RST: pill RST', 'SYN,ACK: pill SYN', 'PSH,ACK: pill data', 'ACK: pill ACK']);
});

test('what only looks like a name is none', () => {
  assert.deepEqual(marks('LAST_ACKS, SYNCHRONISE, tcp_FIN, half-FIN, SO_LINGER, the data, almost, lostness'), []);
});

test('a segment of data is named by its kind, and its flags are those of its pill', () => {
  assert.deepEqual(marks('receives data, seq 101', { kind: 'data', flags: 'ACK' }), ['data: pill data']);
  assert.deepEqual(marks('sends 5 bytes: ACK, seq 101', { kind: 'data', flags: 'ACK' }), ['ACK: pill data']);
});

test('a loss has its cross in both languages', () => {
  assert.deepEqual(marks('its ACK segment, seq 101, is lost in the network'), ['ACK: pill ACK', 'lost: cross']);
  assert.deepEqual(marks('发出的 ACK 报文段（序号 101）在网络中丢失：运气不好', undefined, 'zh'), ['ACK: pill ACK', '丢失: cross']);
});

test('the pieces are the sentence, and every state and every segment that is told of is named', () => {
  let named = 0;
  for (const name of NAMES) {
    const events = run(name);
    const sent = new Map(events.filter((e) => e.ev === 'sent').map((e) => [e.seg, e]));
    for (const e of events) {
      const about = e.kind ? e : sent.get(e.seg);
      for (const lang of /** @type {const} */ (['en', 'zh'])) {
        for (const sentence of [say(words[lang], e, about), why(words[lang], e, about) ?? '']) {
          assert.equal(partsOf(sentence, words[lang]['ui.lost'], about).map((part) => part.text).join(''), sentence);
        }
        const found = partsOf(say(words[lang], e, about), words[lang]['ui.lost'], about);
        if (e.ev === 'state') assert.deepEqual(found.flatMap((part) => part.state ?? []).slice(0, 2), [e.from, e.to]);
        if (['sent', 'arrived', 'lost'].includes(e.ev)) assert.ok(found.some((part) => part.kind === about?.kind), `${lang}: ${say(words[lang], e, about)}`);
        if (e.ev === 'lost') assert.ok(found.some((part) => part.lost), say(words[lang], e, about));
        named += found.filter((part) => part.state || part.kind || part.lost).length;
      }
    }
  }
  assert.ok(named > 200, `only ${named}`);
});
