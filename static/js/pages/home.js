/**
 * home.js: the map of the course shows what this learner has answered, as far as this browser remembers.
 */

import { done, forget } from '../asks/progress.js';

/** Nothing of the page's figures is needed here; the map begins when they do. */
export function start() {
  const line = document.getElementById('progress');
  const stops = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.course-map li')]);
  const words = line?.querySelector('span');
  if (!line || !words) return;

  function draw() {
    const deeds = done();
    let [have, all] = [0, 0];
    for (const stop of stops) {
      const asks = Number(stop.dataset.asks);
      const mine = Math.min(asks, deeds.filter((d) => d.lesson === stop.dataset.lesson).length);
      [have, all] = [have + mine, all + asks];
      stop.classList.toggle('all', asks > 0 && mine === asks);
      stop.querySelector('a')?.style.setProperty('--share', String(asks ? mine / asks : 0));
      const said = stop.querySelector('.done');
      if (said) said.textContent = mine ? `${mine}/${asks}` : '';
    }
    /** @type {HTMLElement} */ (line).hidden = have === 0;
    /** @type {Element} */ (words).textContent = (line?.dataset.template ?? '').replace('{done}', String(have)).replace('{all}', String(all));
  }

  line.querySelector('button')?.addEventListener('click', () => {
    for (const { figure, ask } of done()) forget(figure, [ask]);
    draw();
  });
  addEventListener('storage', draw);
  draw();
}
