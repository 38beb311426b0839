import assert from 'node:assert/strict';
import test from 'node:test';
import { partsOf } from '../js/panels/named.js';
import { say, why } from '../js/panels/say.js';
import { NAMES, file, fixture, run } from './runs.js';

/** @type {Record<string, import('../js/types').Words>} */
const words = { en: JSON.parse(file('words/en.json')), zh: JSON.parse(file('words/zh.json')) };

test('the fixtures, which the server reads as well, are taken to pieces as they say', () => {
  for (const { lang, sentence, about, parts } of fixture('named-fixtures')) assert.deepEqual(partsOf(sentence, words[lang]['ui.lost'], about), parts, sentence);
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
