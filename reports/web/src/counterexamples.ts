// What can be done with a counterexample: see it in the timeline, take its drawing or its calls along.

import { button, copy, download, el } from './dom';
import { nothing, type Model } from './model';
import type { Timeline } from './timeline';

export function counterexamples(model: Model, timeline: Timeline, reveal: () => void): void {
  document.querySelectorAll('article.counterexample').forEach((article, n) => {
    const failure = model.meta.failures[n];
    const figure = article.querySelector('figure');
    if (!failure || !figure) return;
    const bar = el('div', { class: 'toolbar screen-only', role: 'group', 'aria-label': `Counterexample ${n + 1}` });
    bar.append(button('Show in the timeline', 'Its window, and only its key', () => {
      void model.apply({ ...nothing, key: failure.key }).then(() => {
        timeline.show(failure.from, failure.to);
        model.select(failure.misfits.at(-1) ?? -1);
        reveal();
      });
    }));
    const svg = figure.querySelector('svg');
    if (svg) bar.append(button('Download the drawing', 'As SVG', () => download(`counterexample-${n + 1}.svg`, 'image/svg+xml', new XMLSerializer().serializeToString(svg))));
    const calls = button('Copy the calls', 'As JSON', () => void copy(JSON.stringify(table(article), null, 1), calls));
    bar.append(calls);
    const history = article.querySelector('details.fixture pre')?.textContent;
    if (history) {
      const fixture = button('Copy as a test', 'As a history of its own, which clew check finds invalid again', () => void copy(history, fixture));
      bar.append(fixture);
    }
    figure.after(bar);
  });
}

function table(article: Element): Record<string, string>[] {
  const found = [...article.querySelectorAll('table')].at(-1);
  const names = [...(found?.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent ?? '');
  return [...(found?.tBodies[0]?.rows ?? [])].map((row) => Object.fromEntries([...row.cells].map((cell, i) => [names[i], cell.textContent ?? ''])));
}
