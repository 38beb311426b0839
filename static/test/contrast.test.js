import assert from 'node:assert/strict';
import test from 'node:test';
import { file } from './runs.js';

const css = file('css/page.css');
const [light, dark] = [0, 1].map((which) => Object.fromEntries([...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((m) => [m[1], m[2 + which]])));

// The theme for projectors is the light one but for what it says itself.
const projector = { ...light, ...Object.fromEntries([...(/\[data-theme="projector"\] \{([^}]*)\}/.exec(css)?.[1] ?? '').matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((m) => [m[1], m[2]])) };
test('the theme for projectors has an ink of its own', () => assert.equal(projector.ink, '#000000'));

/** @param {string} hex */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} a @param {string} b */
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

for (const [name, theme] of Object.entries({ light, dark, projector })) {
  test(`${name}: text is at least 4.5:1 on every ground that it stands on`, () => {
    for (const ground of ['page', 'card', 'sunk']) {
      for (const ink of ['ink', 'muted', 'faint']) assert.ok(contrast(theme[ink], theme[ground]) >= 4.5, `${ink} on ${ground}: ${contrast(theme[ink], theme[ground]).toFixed(2)}`);
    }
    for (const ink of Object.keys(theme).filter((k) => /^(t-|k-|accent$|danger$)/.test(k))) {
      // On the card, and in the row of the list where the run is.
      for (const ground of ['card', 'accent-wash']) assert.ok(contrast(theme[ink], theme[ground]) >= 4.5, `${ink} on ${ground}: ${contrast(theme[ink], theme[ground]).toFixed(2)}`);
    }
    assert.ok(contrast(theme['on-accent'], theme.accent) >= 4.5);
    assert.ok(contrast(theme.danger, theme['danger-wash']) >= 4.5);
    assert.ok(contrast(theme.ink, theme['accent-wash']) >= 4.5);
  });

  test(`${name}: bands are at least 3:1 on the card`, () => {
    const bands = Object.keys(theme).filter((k) => k.startsWith('s-'));
    assert.equal(bands.length, 11);
    for (const band of bands) assert.ok(contrast(theme[band], theme.card) >= 3, `${band}: ${contrast(theme[band], theme.card).toFixed(2)}`);
  });
}
