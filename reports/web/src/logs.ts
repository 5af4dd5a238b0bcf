// The nodes' logs, all lines of them, on the same clock as the timeline.

import { readLogs } from './data';
import { el } from './dom';
import { duration, grouped } from './format';
import type { Model } from './model';

const mostRows = 400;
type Line = Awaited<ReturnType<typeof readLogs>>[number];

export async function logs(model: Model, table: HTMLTableElement): Promise<void> {
  const lines = await readLogs();
  const body = table.tBodies[0];
  if (!body || lines.length === 0) return;
  const select = (label: string, values: string[]): [HTMLSelectElement, HTMLElement] => {
    const field = el('select', {}, el('option', { value: '' }, 'all'), ...values.map((value) => el('option', { value }, value)));
    return [field, el('label', {}, `${label} `, field)];
  };
  const [node, nodeLabel] = select('Node', [...new Set(lines.map((line) => line[0]))].sort());
  const [level, levelLabel] = select('Level', [...new Set(lines.map((line) => line[3]))].filter((one) => one !== '').sort());
  const words = el('input', { type: 'search', placeholder: 'leader, timeout \u2026' });
  const follow = el('input', { type: 'checkbox', checked: true });
  const count = el('output', { class: 'matching' });
  const form = el('form', { class: 'filters screen-only', role: 'search', 'aria-label': 'Filter the logs' },
    nodeLabel, levelLabel, el('label', {}, 'Search ', words), el('label', {}, follow, ' follow the timeline'), count);
  form.addEventListener('submit', (event) => event.preventDefault());
  const scroller = table.closest<HTMLElement>('.scroll');
  scroller?.before(form);
  scroller?.classList.add('log-window');

  const passes = (line: Line): boolean =>
    (node.value === '' || line[0] === node.value) && (level.value === '' || line[3] === level.value) &&
    (words.value === '' || line[4].toLowerCase().includes(words.value.toLowerCase()));
  let drawn: { at: number; row: HTMLTableRowElement }[] = [];
  const show = (): void => {
    const found = lines.filter(passes);
    const middle = model.cursor === model.cursor ? model.cursor : (model.from + model.to) / 2;
    const nearest = found.findIndex((line) => line[1] >= middle);
    const first = Math.max(0, Math.min((nearest < 0 ? found.length : nearest) - mostRows / 2, found.length - mostRows));
    drawn = found.slice(first, first + mostRows).map((line) => ({ at: line[1], row: rowOf(model, line) }));
    body.replaceChildren(...drawn.map(({ row }) => row));
    count.textContent = `${grouped(found.length)} lines${found.length > drawn.length ? `, the ${drawn.length} nearest in time shown` : ''}`;
    point();
  };
  const point = (): void => {
    const at = model.cursor === model.cursor ? model.cursor : (model.from + model.to) / 2;
    let best: HTMLTableRowElement | null = null;
    for (const { at: time, row } of drawn) {
      row.classList.toggle('seen', time >= model.from && time <= model.to);
      if (time <= at || !best) best = row;
    }
    if (follow.checked && best && scroller) scroller.scrollTop = best.offsetTop - scroller.clientHeight / 2;
  };
  form.addEventListener('input', show);
  let pending = 0;
  model.listen((change) => {
    if ((change !== 'view' && change !== 'cursor') || !follow.checked) return;
    window.clearTimeout(pending);
    pending = window.setTimeout(show, 200);
  });
  show();
}

function rowOf(model: Model, [node, at, offset, level, text]: Line): HTMLTableRowElement {
  const time = el('button', { type: 'button', class: 'link', title: 'Show this moment in the timeline' }, `${(at / 1e6).toFixed(3)} s`);
  time.addEventListener('click', () => {
    if (at < model.from || at > model.to) {
      const half = (model.to - model.from) / 2;
      model.look(at - half, at + half);
    }
    model.point(at);
  });
  return el('tr', { class: /^(warn|error|fatal|panic|dpanic)/.test(level) ? 'unsure' : '' },
    el('td', { class: 'num' }, time), el('td', {}, node), el('td', {}, level), el('td', { class: 'code' }, text),
    el('td', { class: 'num' }, Math.abs(offset) < 1000 ? '' : `${offset < 0 ? '-' : '+'}${duration(Math.abs(offset))}`));
}
