/**
 * units.js: times, shares and names as people read them, and templates filled in.
 */

/** @typedef {import('./types').Words} Words */

/**
 * A string of the interface.
 * @param {Words} words
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function text(words, key, values = {}) {
  return fill(words[key] ?? key, (name) => String(values[name] ?? ''));
}

/** @param {Words} words @param {string} host */
export function hostName(words, host) {
  return words[`host.${host}`] ?? host;
}

/** @param {number} us */
export function time(us) {
  if (us === 0) return '0 s';
  if (Math.abs(us) < 10_000) return `${trimmed((us / 1e3).toFixed(3), 0)} ms`;
  return `${trimmed((us / 1e6).toFixed(6), Math.abs(us) < 10_000_000 ? 2 : 0)} s`;
}

/**
 * A time as a person would round it: for lengths that are looked at, not computed with (`1 s`, `5.95 s`, `60 s`).
 * @param {number} us
 */
export function roughly(us) {
  if (us !== 0 && Math.abs(us) < 1_000_000) return `${trimmed((us / 1e3).toFixed(Math.abs(us) < 10_000 ? 2 : 0), 0)} ms`;
  return `${trimmed((us / 1e6).toFixed(2), 0)} s`;
}

/** @param {number} ppm */
export function share(ppm) {
  return `${trimmed((ppm / 1e4).toFixed(4), 0)} %`;
}

/** @param {string} template @param {(name: string) => string} of */
export function fill(template, of) {
  return template.replace(/\{([a-z_]+)\}/g, (braced, name, at) => parted(of(name), template.charAt(at - 1), template.charAt(at + braced.length)));
}

const HAN = /\p{Script=Han}/u;

/** A host may be called 服务器 or web: between a Latin word and a Chinese one stands a space. @param {string} value @param {string} before @param {string} after */
function parted(value, before, after) {
  if (!/^[a-z].*[a-z0-9]$/i.test(value)) return value;
  return `${HAN.test(before) ? ' ' : ''}${value}${HAN.test(after) ? ' ' : ''}`;
}

/** @param {string} decimal @param {number} keep decimals that stay even when they are zeros */
function trimmed(decimal, keep) {
  const [whole, fraction = ''] = decimal.split('.');
  const rest = fraction.replace(/0+$/, '').padEnd(keep, '0');
  return rest ? `${whole}.${rest}` : whole;
}
