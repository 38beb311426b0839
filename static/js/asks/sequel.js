/**
 * sequel.js: what the page tells after the answers.
 *
 * The text that speaks of an answer, and a figure's comparisons and challenges, are not in the page while the figure asks
 * (web/asks.go). They are in the same page for a reader who has answered, so that is what is fetched: the page's own address
 * with all that has been answered here. A text is put in the place of the note that stands for it; what belongs to a
 * figure is handed to it.
 */

/** @type {Set<string>} what has been answered, as the address has it */
const done = new Set(new URL(location.href).searchParams.get('shown')?.split(',').filter(Boolean));
/** @type {Promise<Document> | null} one request for all figures that are answered in the same moment */
let coming = null;

/**
 * What follows a figure's answers: the sections of its own; texts take their places. Fails when the server is away; the notes
 * and their links stay, then.
 * @param {string} figure its name @param {string[]} asks the names of its predictions
 * @returns {Promise<HTMLElement[]>}
 */
export async function sequelOf(figure, asks) {
  for (const ask of asks) done.add(`${figure}.${ask}`);
  const page = await (coming ??= new Promise((later) => setTimeout(later)).then(() => {
    coming = null;
    return fetchPage();
  }));
  for (const note of document.querySelectorAll('[data-sequel][data-open]')) {
    const text = page.getElementById(note.id);
    if (text && !text.hasAttribute('data-open')) note.replaceWith(document.adoptNode(text));
  }
  return [...page.querySelectorAll(`#fig-${figure} > [data-part="asks"] > :is(section, details)`)].map((section) => document.adoptNode(/** @type {HTMLElement} */ (section)));
}

async function fetchPage() {
  const answer = await fetch(`?shown=${[...done].join(',')}`);
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}
