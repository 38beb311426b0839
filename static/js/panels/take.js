/**
 * take.js: a figure's menu "Take it with you": pictures, a way to show it large, and the lines that embed it elsewhere.
 *
 * The other forms are links that the server answers and that work without this module; here they only learn the learner's
 * edits, which the address of the page holds. A picture is the page's own drawing of the whole run, drawn once more for a
 * sheet of its own: the same modules, in the light colours, with every style resolved into attributes, so that the file needs
 * neither our style sheets nor our fonts.
 */

import { html, svg } from '../svg.js';
import { dressed } from '../panels.js';
import { present } from './present.js';
import { marksOf } from '../marks.js';
import { timescale } from '../timescale.js';
import { layoutOf } from '../layout.js';
import { drawSheet, drawTexts } from '../sheet.js';

const WIDTH = 860;
const HEAD = 66;
const FOOT = 40;
const PIXELS = 2;
/** What a drawing's look is made of. */
const LOOK = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'stroke-opacity', 'opacity',
  'paint-order', 'font-family', 'font-size', 'font-weight', 'font-style', 'text-anchor', 'dominant-baseline', 'display', 'visibility'];

/** @typedef {import('../voice.js').Voice} Voice @typedef {import('../types').Run} Run */

/**
 * The rest of a figure's menu.
 * @param {HTMLElement} root the figure
 * @param {{run: Run | null} & import('./present.js').Shown} figure
 * @param {Voice} voice
 * @param {import('../types').Line} line
 */
export async function fill(root, figure, voice, line) {
  await dressed('take');
  const menu = /** @type {HTMLElement} */ (root.querySelector('.take'));
  const name = (root.dataset.figure ?? '').replace('/', '-');
  const { ui } = voice;
  const list = /** @type {HTMLElement} */ (menu.querySelector('.take-links'));
  const said = html('p', { class: 'said', role: 'status' });
  const button = (/** @type {string} */ key, /** @type {() => void | Promise<void>} */ deed) => {
    const made = html('button', { type: 'button' }, ui(key));
    made.addEventListener('click', async () => {
      said.textContent = '';
      try {
        await deed();
      } catch (error) {
        console.error(error);
        said.textContent = ui('take.failed');
      }
    });
    return html('li', {}, made);
  };
  list.prepend(
    button('take.present', () => present(root, figure, voice, line)),
    button('take.svg', () => save(`${name}.svg`, new Blob([picture()], { type: 'image/svg+xml' }))),
    button('take.png', async () => save(`${name}.png`, await pixels(picture()))),
  );
  const embed = createEmbed(menu, voice, said);
  menu.append(embed, said);
  for (const type of ['toggle', 'pointerover', 'focusin']) menu.addEventListener(type, follow);
  follow();

  /** The links lead to the run that is shown. */
  function follow() {
    const here = new URL(location.href).searchParams;
    for (const link of menu.querySelectorAll('a')) {
      const url = new URL(link.href);
      const log = here.get(menu.dataset.log ?? '');
      const own = link.dataset.form === 'sandbox' ? 'run' : menu.dataset.log ?? '';
      if (log) url.searchParams.set(own, log);
      else url.searchParams.delete(own);
      if (here.has('s')) url.searchParams.set('s', here.get('s') ?? '');
      link.href = url.href;
    }
  }

  function picture() {
    const now = figure.run;
    if (!now?.facts) throw new Error('there is no run yet');
    return drawingOf(now, voice, location.href);
  }
}

/** @param {string} name @param {Blob} blob */
function save(name, blob) {
  const link = html('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * The whole run as the text of an SVG file.
 * @param {Run} run @param {Voice} voice @param {string} address where it can be seen moving
 */
export function drawingOf({ events, facts }, voice, address) {
  const marks = marksOf(events, { hosts: facts?.hosts.map((h) => h.name) ?? [], delay: facts?.delay ?? 0 });
  const scale = timescale(events, { delay: facts?.delay ?? 0 });
  const layout = layoutOf(marks, scale, WIDTH, voice.texts(marks));
  const texts = drawTexts(marks, scale, layout);
  for (const { node } of texts.turns) node.classList.add('told');
  // Where the style sheets find it, and nobody sees it.
  const past = html('div', { class: 'past' }, drawSheet(marks, scale, layout));
  const words = html('div', { class: 'texts' }, texts.drawing);
  const holder = html('div', { class: 'figure take-drawing', 'aria-hidden': 'true' }, html('div', { class: 'ladder' }, html('div', { class: 'sheet' }, past, words)));
  document.body.append(holder);
  try {
    const page = svg('svg', { xmlns: 'http://www.w3.org/2000/svg', width: WIDTH, height: HEAD + layout.height + FOOT, viewBox: `0 0 ${WIDTH} ${HEAD + layout.height + FOOT}`, 'font-family': 'system-ui, sans-serif' },
      svg('title', {}, voice.summary(marks)),
      svg('rect', { width: WIDTH, height: HEAD + layout.height + FOOT, fill: '#ffffff' }),
      ...marks.hosts.map((host) => svg('g', { transform: `translate(${layout.x[host]} 0)` },
        svg('text', { y: 28, 'text-anchor': 'middle', 'font-size': 16, 'font-weight': 650, fill: '#1d1c1a' }, voice.host(host)),
        svg('text', { y: 47, 'text-anchor': 'middle', 'font-size': 12, fill: '#5f5c56' }, voice.address(host)))),
      ...[past, words].map((layer) => {
        const group = svg('g', { transform: `translate(0 ${HEAD})` });
        for (const child of layer.firstElementChild?.children ?? []) group.append(resolved(child));
        return group;
      }),
      svg('text', { x: WIDTH / 2, y: HEAD + layout.height + 24, 'text-anchor': 'middle', 'font-size': 11, fill: '#5f5c56' }, address.length > 130 ? `${address.slice(0, 129)}…` : address));
    return new XMLSerializer().serializeToString(page);
  } finally {
    holder.remove();
  }
}

/** A copy whose look stands in its own attributes. @param {Element} element @returns {Element} */
function resolved(element) {
  const copy = /** @type {Element} */ (element.cloneNode(false));
  const style = getComputedStyle(element);
  for (const name of LOOK) {
    const value = style.getPropertyValue(name);
    if (value && value !== 'auto') copy.setAttribute(name, value);
  }
  for (const { name } of [...copy.attributes]) if (name === 'class' || name === 'style' || name.startsWith('data-')) copy.removeAttribute(name);
  for (const child of element.childNodes) copy.append(child instanceof Element ? resolved(child) : child.cloneNode());
  return copy;
}

/** @param {string} text of an SVG @returns {Promise<Blob>} */
async function pixels(text) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = html('canvas', { width: image.width * PIXELS, height: image.height * PIXELS });
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'));
}

/** The choices of an embedded figure, and the line that embeds it. @param {HTMLElement} menu @param {Voice} voice @param {HTMLElement} said */
function createEmbed(menu, { ui }, said) {
  const autoplay = html('input', { type: 'checkbox' });
  const choice = (/** @type {string} */ name, /** @type {string[]} */ values) => html('select', {}, ...values.map((value) => html('option', { value }, ui(`take.embed.${name}.${value}`))));
  const controls = choice('controls', ['all', 'play', 'none']);
  const theme = choice('theme', ['auto', 'light', 'dark']);
  const code = html('textarea', { readonly: true, rows: 4, spellcheck: 'false', 'aria-label': ui('take.embed.code') });
  const copy = html('button', { type: 'button' }, ui('take.embed.copy'));
  const label = (/** @type {string} */ key, /** @type {HTMLElement} */ control) => html('label', {}, html('span', {}, ui(key)), control);
  const box = html('details', { class: 'take-embed' }, html('summary', {}, ui('take.embed')),
    html('div', { class: 'take-choices' }, label('take.embed.autoplay', autoplay), label('take.embed.controls', controls), label('take.embed.theme', theme)),
    code, copy);

  function write() {
    const url = new URL(menu.dataset.embed ?? '', location.href);
    const log = new URL(location.href).searchParams.get(menu.dataset.log ?? '');
    if (log) url.searchParams.set(menu.dataset.log ?? '', log);
    if (autoplay.checked) url.searchParams.set('autoplay', '1');
    if (controls.value !== 'all') url.searchParams.set('controls', controls.value);
    if (theme.value !== 'auto') url.searchParams.set('theme', theme.value);
    const height = { all: 900, play: 700, none: 620 }[controls.value] ?? 900;
    const frame = html('iframe', { src: url.href, width: '100%', height, title: document.title, loading: 'lazy', allow: 'fullscreen' });
    code.value = frame.outerHTML;
  }
  box.addEventListener('toggle', write);
  box.addEventListener('change', write);
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(code.value);
      said.textContent = ui('take.embed.copied');
    } catch {
      code.select();
    }
  });
  return box;
}
