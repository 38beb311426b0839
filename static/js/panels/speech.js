/**
 * speech.js: the one queue of what is said aloud, politely, to those who listen to the page.
 *
 * A sentence or two per step: in full when their like is heard for the first time, later in short, unless somebody has set it
 * otherwise. While it plays only what changes the story is said, and seldom enough to be listened to; a countdown is never
 * read out. Who wants to can hear the run as well (sound.js).
 */

/** @typedef {import('../types').Event} Event @typedef {import('../voice.js').Voice} Voice @typedef {import('../settings.js').Speech} Speech */

const QUIET_MS = 2000;

/**
 * What is said of a step. In short sentences who does it is said where it changes.
 * @param {Event[]} told its events @param {(seg: number) => Event | undefined} sentOf @param {Voice} voice @param {Speech} wants
 * @param {Set<string>} heard what has been said in full, which this adds to
 */
export function spoken(told, sentOf, voice, wants, heard) {
  const passing = (/** @type {Event} */ e) => e.ev === 'timer' && e.do !== 'fire';
  const kept = wants.timers ? told : told.filter((e) => !passing(e));
  /** @type {string | undefined} */
  let before;
  // A step is never silent.
  const sentences = (kept.length ? kept : told).map((e) => {
    const template = voice.template(e);
    const short = wants.length === 'short' || (wants.length === 'first' && heard.has(template));
    heard.add(template);
    const who = wants.who && !(short && e.host === before);
    before = e.host;
    return voice.spoken(e, e.seg === undefined ? undefined : sentOf(e.seg), short, who);
  }).join(voice.stop);
  const said = wants.time ? voice.ui('live', { time: voice.time(told[0].at), sentences }) : sentences;
  return said.replaceAll('→', voice.ui('to'));
}

/** @param {HTMLElement} live the region, which lies outside all panels: a hidden one would be mute @param {Voice} voice @param {Speech} wants */
export function createSpeech(live, voice, wants) {
  /** @type {Set<string>} */
  const heard = new Set();
  let spoke = -QUIET_MS;
  return {
    /** @param {Event[]} here @param {(seg: number) => Event | undefined} sentOf @param {boolean} playing */
    speak(here, sentOf, playing) {
      const told = here.filter((e) => e.ev !== 'preset' && (!playing || e.ev === 'state' || e.ev === 'lost'));
      if (!told.length || (playing && performance.now() - spoke < QUIET_MS)) return;
      spoke = performance.now();
      live.textContent = spoken(told, sentOf, voice, wants, heard);
    },
    /** @param {string} words */
    announce(words) { live.textContent = words; },
  };
}
