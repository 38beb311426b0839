/**
 * sound.js: the run to be heard, for who has asked for it: a click where a segment lands, on the side of the end that gets
 * it, higher for what opens or closes; a thud for a loss.
 */

/** @typedef {import('../types').Event} Event */

/** @type {AudioContext | null} */
let context = null;

/** The pitch of what lands, in Hz. */
const PITCH = /** @type {Record<string, number>} */ ({ SYN: 880, FIN: 660, data: 523, ACK: 440, RST: 196 });

/**
 * What is heard of the events of one instant. Times are seconds from now, pan is -1 for the first lifeline, 1 for the last.
 * @param {Event[]} here @param {(seg: number) => Event | undefined} sentOf @param {string[]} hosts from left to right
 * @returns {{kind: 'click' | 'thud', pitch: number, pan: number, at: number}[]}
 */
export function notesOf(here, sentOf, hosts) {
  const last = Math.max(1, hosts.length - 1);
  return here.filter((e) => e.ev === 'arrived' || e.ev === 'lost').slice(0, 8).map((e, i) => {
    const sent = e.seg === undefined ? undefined : sentOf(e.seg);
    const lost = e.ev === 'lost';
    // Events of one instant one after the other, or they would be one sound.
    return { kind: lost ? 'thud' : 'click', pitch: lost ? 70 : PITCH[sent?.kind ?? ''] ?? 440, pan: lost ? 0 : (2 * Math.max(0, hosts.indexOf(e.host ?? ''))) / last - 1, at: i * 0.09 };
  });
}

/** @param {Event[]} here @param {(seg: number) => Event | undefined} sentOf @param {string[]} hosts */
export function sound(here, sentOf, hosts) {
  const notes = notesOf(here, sentOf, hosts);
  if (!notes.length || !globalThis.AudioContext) return;
  context ??= new AudioContext();
  // A page may only be heard after a key or a click; what came before that is not kept for later.
  if (context.state === 'suspended') void context.resume();
  const begin = context.currentTime + 0.01;
  for (const note of notes) {
    const [tone, gain, side] = [context.createOscillator(), context.createGain(), context.createStereoPanner()];
    const [at, long] = [begin + note.at, note.kind === 'thud' ? 0.25 : 0.09];
    tone.type = note.kind === 'thud' ? 'triangle' : 'sine';
    tone.frequency.setValueAtTime(note.pitch, at);
    if (note.kind === 'thud') tone.frequency.exponentialRampToValueAtTime(note.pitch / 2, at + long);
    gain.gain.setValueAtTime(note.kind === 'thud' ? 0.35 : 0.16, at);
    gain.gain.exponentialRampToValueAtTime(0.001, at + long);
    side.pan.value = note.pan * 0.9;
    tone.connect(gain).connect(side).connect(context.destination);
    tone.start(at);
    tone.stop(at + long);
  }
}
