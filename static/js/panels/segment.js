/**
 * segment.js: every bit of a segment's header, as RFC 9293, Figure 1 draws it, and the bytes that carry it.
 *
 * `fieldsOf` is pure: from the event that sent a segment, the fields in their order with their widths and values. The bytes are
 * those fields packed, so the two views cannot disagree; a field and its bytes light each other up, under the mouse and from the
 * keyboard. Whatever the engine does not compute is not invented: the checksum is shown as absent and the panel says so.
 *
 * The segment is the selected one, else the one that was sent last.
 */

import { html } from '../svg.js';

/** @typedef {import('../types').Event} Event @typedef {import('../types').Scene} Scene */

/**
 * One field. A value of null is one that the simulator does not compute; `said` is the part of it that tells something.
 * @typedef {{name: string, bits: number, value: number | null, flag?: boolean, said?: number | string}} Field
 */

const FLAGS = ['CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN'];

/**
 * @param {Event} sent @param {string} local the sender's address and port @param {string} remote
 * @returns {Field[]}
 */
export function fieldsOf(sent, local, remote) {
  const on = new Set((sent.flags ?? '').split(','));
  const options = optionsOf(sent, on.has('SYN'));
  return [
    { name: 'source', bits: 16, value: portOf(local) },
    { name: 'destination', bits: 16, value: portOf(remote) },
    { name: 'seq', bits: 32, value: sent.seq ?? 0 },
    { name: 'ack', bits: 32, value: sent.ack ?? 0 },
    { name: 'offset', bits: 4, value: 5 + options.reduce((sum, { bits }) => sum + bits, 0) / 32 },
    { name: 'reserved', bits: 4, value: 0 },
    ...FLAGS.map((name) => ({ name, bits: 1, value: on.has(name) ? 1 : 0, flag: true })),
    { name: 'window', bits: 16, value: on.has('SYN') ? sent.wnd ?? 0 : (sent.wnd ?? 0) >> (sent.shift ?? 0) },
    { name: 'checksum', bits: 16, value: null },
    { name: 'urgent', bits: 16, value: 0 },
    ...options,
  ];
}

/** The options in the order and with the padding of Linux, as a capture of the run has them. @param {Event} sent @param {boolean} syn @returns {Field[]} */
function optionsOf(sent, syn) {
  const stamped = (sent.tsval ?? 0) + (sent.tsecr ?? 0) > 0;
  const sack = syn && sent.sack === true;
  const pad = (/** @type {string} */ name, /** @type {number} */ bits) => ({ name, bits, value: bits === 16 ? 0x0101 : 1, said: 'NOP' });
  /** @type {Field[]} */
  const fields = [];
  if (syn && sent.mss) fields.push({ name: 'mss', bits: 32, value: 0x02040000 + sent.mss, said: sent.mss });
  if (stamped !== sack) fields.push(pad('nop', 16));
  if (sack) fields.push({ name: 'sackok', bits: 16, value: 0x0402, said: 'SACK' });
  if (stamped) fields.push({ name: 'ts', bits: 16, value: 0x080a, said: 'TS' }, { name: 'tsval', bits: 32, value: sent.tsval ?? 0 }, { name: 'tsecr', bits: 32, value: sent.tsecr ?? 0 });
  if (syn && sent.scale) fields.push(pad('nop2', 8), { name: 'ws', bits: 24, value: 0x030300 + (sent.shift ?? 0), said: sent.shift ?? 0 });
  return fields;
}

/**
 * The fields packed: for each half byte its hex digit, `·` where there is no value, and which fields it belongs to.
 * @param {Field[]} fields
 * @returns {{digit: string, names: string[]}[]}
 */
export function nibblesOf(fields) {
  /** @type {{bit: number | null, name: string}[]} */
  const bits = [];
  for (const { name, bits: width, value } of fields) {
    // Not with shifts: they would take a sequence number above 2^31 for a negative one.
    for (let i = width - 1; i >= 0; i--) bits.push({ bit: value === null ? null : Math.floor(value / 2 ** i) % 2, name });
  }
  return Array.from({ length: bits.length / 4 }, (_, i) => {
    const four = bits.slice(i * 4, i * 4 + 4);
    const digit = four.some((b) => b.bit === null) ? '·' : four.reduce((n, b) => n * 2 + (b.bit ?? 0), 0).toString(16);
    return { digit, names: [...new Set(four.map((b) => b.name))] };
  });
}

/** Two fields of padding have one name. @param {string} name */
const wordOf = (name) => name.replace(/\d$/, '');

/** @param {string} address */
function portOf(address) {
  return Number(address.slice(address.lastIndexOf(':') + 1)) || 0;
}

/** @param {HTMLElement} root @param {import('../voice.js').Voice} voice @returns {import('../types').Panel} */
export function createSegment(root, voice) {
  const title = html('p', { class: 'segment-head' });
  const grid = html('div', { class: 'header-grid', role: 'group', 'aria-label': voice.ui('segment.header') });
  const note = html('p', { class: 'field-note' });
  const bytes = html('div', { class: 'bytes', role: 'group', 'aria-label': voice.ui('segment.bytes') });
  const about = html('p', { class: 'panel-note' });
  root.append(title, grid, note, bytes, about);
  let shown = '';
  /** @type {Field[]} */
  let fields = [];
  let stop = 'seq';

  for (const part of [grid, bytes]) {
    part.addEventListener('pointerover', (e) => light(namesAt(e.target)));
    part.addEventListener('pointerleave', () => light([]));
  }
  grid.addEventListener('focusin', (e) => light(namesAt(e.target)));
  grid.addEventListener('focusout', () => light([]));
  grid.addEventListener('click', (e) => light(namesAt(e.target)));
  bytes.addEventListener('click', (e) => light(namesAt(e.target)));
  grid.addEventListener('keydown', (e) => {
    const i = fields.findIndex((f) => f.name === stop);
    const to = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: fields.length - 1 }[e.key];
    if (to === undefined || !fields[to]) return;
    e.preventDefault();
    e.stopPropagation();
    setStop(fields[to].name, true);
  });

  /** @param {EventTarget | null} target */
  function namesAt(target) {
    const at = target instanceof Element ? target.closest('[data-fields]') : null;
    return at?.getAttribute('data-fields')?.split(' ') ?? [];
  }

  /** Light these fields and their bytes. Of a byte that holds several the first that says something is explained. @param {string[]} names */
  function light(names) {
    for (const node of root.querySelectorAll('[data-fields]')) {
      node.classList.toggle('lit', names.length > 0 && (node.getAttribute('data-fields') ?? '').split(' ').some((n) => names.includes(n)));
    }
    const field = fields.find((f) => names.includes(f.name) && (f.value || !f.flag)) ?? fields.find((f) => names.includes(f.name));
    note.textContent = field ? voice.ui(`field.${wordOf(field.name)}.note`) : voice.ui('segment.hint');
  }

  /** @param {string} name @param {boolean} focus */
  function setStop(name, focus) {
    stop = name;
    for (const node of grid.children) {
      if (!(node instanceof HTMLElement)) continue;
      const here = node.dataset.fields === name;
      node.tabIndex = here ? 0 : -1;
      if (here && focus) node.focus();
    }
  }

  return {
    draw({ events, marks, selected, sentOf, t }) {
      const arrow = marks.arrows.find((a) => a.seg === selected) ?? marks.arrows.findLast((a) => a.sent <= t);
      const key = arrow ? `${arrow.seg} ${arrow.fate} ${events.length} ${arrow.sent}` : '-';
      if (key === shown) return;
      shown = key;
      if (!arrow) {
        title.textContent = voice.ui('segment.none');
        grid.replaceChildren();
        bytes.replaceChildren();
        note.textContent = about.textContent = '';
        return;
      }
      const sent = sentOf(arrow.seg) ?? { at: arrow.sent, ev: 'sent' };
      fields = fieldsOf(sent, voice.address(arrow.from), voice.address(arrow.to));
      title.replaceChildren(html('b', {}, arrow.flags), html('span', {}, [voice.segmentName(arrow), voice.ui('segment.sent', { time: voice.time(arrow.sent) }), voice.fate(arrow)].join(voice.comma)));
      grid.replaceChildren(...fields.map(cell));
      bytes.replaceChildren(...dump(nibblesOf(fields)));
      const notes = [voice.ui('segment.nochecksum'), arrow.len ? voice.ui('segment.text', { len: arrow.len }) : ''];
      about.textContent = notes.filter(Boolean).join(' ');
      setStop(stop, false);
      light([]);
    },
  };

  /** @param {Field} field */
  function cell({ name, bits, value, flag, said: part }) {
    const word = wordOf(name);
    const label = flag ? name : voice.ui(`field.${word}`);
    const said = value === null ? '—' : String(part ?? value);
    const node = html('button', { type: 'button', class: `field${flag ? ' flag' : bits < 8 ? ' narrow' : ''}${value === null ? ' absent' : ''}`, 'data-fields': name, 'data-on': flag && value === 1, tabindex: -1,
      'aria-label': `${label} ${said}`, title: label }, flag ? html('span', {}, [...name][0]) : html('span', {}, voice.ui(`field.${word}.short`)), html('b', {}, said));
    node.style.gridColumn = `span ${bits}`;
    return node;
  }

  /** @param {{digit: string, names: string[]}[]} nibbles */
  function dump(nibbles) {
    const rows = [];
    for (let at = 0; at < nibbles.length; at += 16) {
      const row = html('span', {});
      for (let i = at; i < Math.min(at + 16, nibbles.length); i += 2) {
        const [a, b] = [nibbles[i], nibbles[i + 1]];
        const names = [...new Set([...a.names, ...b.names])];
        row.append(html('span', { class: a.digit === '·' ? 'byte absent' : 'byte', 'data-fields': names.join(' ') }, a.digit + b.digit), i % 16 === 6 ? '  ' : '');
      }
      rows.push(html('span', { class: 'offset' }, (at / 2).toString(16).padStart(4, '0')), row);
    }
    return rows;
  }
}
