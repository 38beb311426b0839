/**
 * speech.js: the one queue of what is said aloud, politely, to those who listen to the page.
 *
 * One sentence or two per step. While it plays only what changes the story is said, and seldom enough to be listened to; a
 * countdown is never read out. Who wants to can hear the run as well (sound.js).
 */

/** @typedef {import('../types').Event} Event */

const QUIET_MS = 2000;

/** @param {HTMLElement} live the region, which lies outside all panels: a hidden one would be mute @param {import('../voice.js').Voice} voice */
export function createSpeech(live, voice) {
  let spoke = -QUIET_MS;
  return {
    /** @param {Event[]} here @param {(seg: number) => Event | undefined} sentOf @param {boolean} playing */
    speak(here, sentOf, playing) {
      const told = here.filter((e) => e.ev !== 'preset' && (!playing || e.ev === 'state' || e.ev === 'lost'));
      if (!told.length || (playing && performance.now() - spoke < QUIET_MS)) return;
      spoke = performance.now();
      const sentences = told.map((e) => voice.sentence(e, e.seg === undefined ? undefined : sentOf(e.seg))).join(voice.stop);
      live.textContent = voice.ui('live', { time: voice.time(told[0].at), sentences }).replaceAll('→', voice.ui('to'));
    },
    /** @param {string} words */
    announce(words) { live.textContent = words; },
  };
}
