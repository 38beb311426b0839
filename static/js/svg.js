/**
 * svg.js: the few verbs with which the views make elements.
 */

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * An SVG element.
 * @param {string} name @param {Attributes} [attributes] @param {...(Node | string | null | false)} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
  return /** @type {SVGElement} */ (furnish(document.createElementNS(SVG, name), attributes, children));
}

/**
 * An HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name @param {Attributes} [attributes] @param {...(Node | string | null | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

/** @template {Element} E @param {E} element @param {Attributes} attributes @param {(Node | string | null | false)[]} children @returns {E} */
function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** @param {HTMLElement | SVGElement} element @param {number} x @param {number} y */
export function move(element, x, y) {
  element.style.transform = `translate(${x.toFixed(2)}px,${y.toFixed(2)}px)`;
}

/** @param {{x: number, y: number}[]} points */
export function polyline(points) {
  return points.map(({ x, y }, i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

/** A zigzag from left to right: the sign that a stretch of the axis has been folded. @param {number} left @param {number} right @param {number} y */
export function zigzag(left, right, y) {
  const points = [];
  for (let x = left, up = 1; x <= right; x += 7, up = -up) points.push({ x, y: y + 2.5 * up });
  return polyline(points);
}

/** @type {CanvasRenderingContext2D | null} */
let ruler = null;
/** @type {Map<string, Map<string, number>>} the characters of each font */
const measured = new Map();

/**
 * How wide a text will be, without asking the page (which would make it lay itself out). Character by character, because there are few
 * characters and any number of texts.
 * @param {string} text @param {string} font a CSS font
 */
export function textWidth(text, font) {
  let widths = measured.get(font);
  if (!widths) measured.set(font, (widths = new Map()));
  let sum = 0;
  for (const character of text) {
    let width = widths.get(character);
    if (width === undefined) {
      ruler ??= document.createElement('canvas').getContext('2d');
      if (ruler) ruler.font = font;
      width = ruler?.measureText(character).width ?? 7.3;
      widths.set(character, width);
    }
    sum += width;
  }
  return sum;
}
