/**
 * player.js: the playhead, and the only requestAnimationFrame of a figure.
 */

/** @typedef {import('./types').Scale} Scale @typedef {import('./types').Instant} Instant */

/** Pixels per second at 1x: a crossing (60 px) takes about a second. */
const PACE = 60;
const GLIDE_MS = 360;
const LATE_MS = 500;
const READ_MS = 1500;

/** @param {import('./types').PlayerView} view */
export function createPlayer({ draw, changed, still = () => matchMedia('(prefers-reduced-motion: reduce)').matches }) {
  /** @type {Scale | null} */
  let scale = null;
  /** @type {Instant[]} */
  let instants = [];
  let t = 0;
  let shown = 0;
  let playing = false;
  let speed = 1;
  let visible = true;
  let frame = 0;
  let before = 0;
  let glide = 0;
  let reading = 0;

  const start = () => scale?.start ?? 0;
  const end = () => scale?.end ?? 0;

  function wake() {
    if (frame || !scale || !visible || document.hidden) return;
    before = performance.now();
    frame = requestAnimationFrame(tick);
  }

  /** @param {number} now */
  function tick(now) {
    frame = 0;
    const ms = now - before > LATE_MS ? 0 : Math.max(0, now - before);
    before = now;
    const at = t;
    if (playing) advance(ms);
    if (glide > 0) follow(ms);
    else shown = t;
    const moves = draw(shown, t, ms);
    if (playing && t !== at && t >= end()) stop();
    if (playing || glide > 0 || moves) {
      if (visible && !document.hidden) frame = requestAnimationFrame(tick);
    }
  }

  /** @param {number} ms */
  function advance(ms) {
    if (!scale) return;
    if (!still()) {
      t = Math.min(end(), scale.at(scale.y(t) + (PACE * speed * ms) / 1000));
      return;
    }
    reading += ms * speed;
    if (reading < READ_MS) return;
    reading = 0;
    t = next(1);
  }

  /** Bring the picture to the playhead, in a fixed time whatever the distance. @param {number} ms */
  function follow(ms) {
    if (!scale) return;
    const share = Math.min(1, ms / glide);
    glide = Math.max(0, glide - ms);
    const y = scale.y(shown);
    shown = glide === 0 ? t : scale.at(y + (scale.y(t) - y) * share);
  }

  /** The neighbouring instant: one step. @param {1 | -1} way */
  function next(way) {
    if (way > 0) return instants.find((i) => i.at > t)?.at ?? end();
    for (let i = instants.length - 1; i >= 0; i--) if (instants[i].at < t) return instants[i].at;
    return start();
  }

  function stop() {
    playing = false;
    changed();
  }

  document.addEventListener('visibilitychange', wake);

  return {
    get t() { return t; },
    get shown() { return shown; },
    get playing() { return playing; },
    get speed() { return speed; },
    set speed(n) { speed = n; changed(); },
    get atEnd() { return t >= end(); },

    /** A new or changed run; the playhead is put at `at`. @param {Scale} newScale @param {Instant[]} newInstants @param {number} at */
    load(newScale, newInstants, at) {
      scale = newScale;
      instants = newInstants;
      t = shown = Math.min(Math.max(at, scale.start), scale.end);
      glide = 0;
      if (playing && t >= scale.end) playing = false;
      changed();
      wake();
    },
    play() {
      if (!scale) return;
      if (t >= end()) t = shown = start();
      playing = true;
      reading = READ_MS;
      changed();
      wake();
    },
    pause() {
      if (playing) stop();
    },
    /** @param {number} to @param {{glide?: boolean}} [how] */
    seek(to, how = {}) {
      playing = false;
      t = Math.min(Math.max(to, start()), end());
      if (how.glide && !still()) glide = GLIDE_MS;
      else {
        glide = 0;
        shown = t;
      }
      changed();
      wake();
    },
    /** @param {1 | -1} way */
    step(way) {
      this.seek(next(way), { glide: true });
    },
    /** Leave a stretch out and play on. @param {number} to */
    skip(to) {
      t = shown = Math.min(Math.max(to, t), end());
      changed();
      wake();
    },
    wake,
    /** @param {boolean} on */
    setVisible(on) {
      visible = on;
      wake();
    },
  };
}
