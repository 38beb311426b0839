/**
 * keys.js: what the keyboard does inside a figure. One table for all of it; the help sheet is its reader's copy.
 */

/** @param {import('./types').Deeds} deeds @param {{keys: boolean}} settings @returns {(e: KeyboardEvent) => void} */
export function keyboard(deeds, settings) {
  return (e) => {
    if (e.altKey || e.ctrlKey || e.metaKey || e.defaultPrevented) return;
    const on = /** @type {Element} */ (e.target);
    if (on.closest('dialog')) return;
    const seg = on.closest('.seg');
    const presses = on.closest('button, a, summary, select') !== null;
    const busy = on.closest('button, a, summary, input, select, [role="slider"]') !== null;
    const focused = seg ? Number(seg.getAttribute('data-seg')) : deeds.selected();
    const letter = settings.keys && !on.closest('select') ? e.key.toLowerCase() : '';
    if (seg && e.key.startsWith('Arrow')) deeds.walk(focused, e.key === 'ArrowDown' || e.key === 'ArrowRight' ? 1 : -1);
    else if (seg && focused !== null && (e.key === 'Enter' || e.key === ' ')) deeds.fate(focused);
    else if (e.key === ' ' && !presses) deeds.toggle();
    else if (letter === ',') deeds.step(-1);
    else if (letter === '.') deeds.step(1);
    else if (e.key === 'Home' && !busy) deeds.end(-1);
    else if (e.key === 'End' && !busy) deeds.end(1);
    else if (letter === 'd' && focused !== null) deeds.fate(focused);
    else if (letter === 'h' && focused !== null) deeds.fate(focused, 'hold');
    else if (letter === 'c' && focused !== null) deeds.fate(focused, 'dup');
    else if (letter === 'w') deeds.why(e.shiftKey ? -1 : 1);
    else if (letter === 's') deeds.skip();
    else if (letter === 't') deeds.where();
    else if (letter === '?') deeds.help();
    else if (e.key !== 'Escape' || !deeds.escape()) return;
    e.preventDefault();
  };
}
