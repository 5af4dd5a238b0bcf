import 'uplot/dist/uPlot.min.css';
import './style.css';
import { Charts } from './charts';
import { counterexamples } from './counterexamples';
import { readMeta, readOperations } from './data';
import { details } from './details';
import { button, copy, el } from './dom';
import { filters, legend } from './filters';
import { keepInAddress, open } from './link';
import { logs } from './logs';
import { Model, nothing } from './model';
import { improve } from './tables';
import { Timeline } from './timeline';

function copyButtons(): void {
  for (const command of document.querySelectorAll<HTMLElement>('#reproduce pre')) {
    const press = button('Copy', 'Copy this command', () => void copy(command.textContent ?? '', press));
    press.classList.add('screen-only');
    command.before(press);
  }
  const first = document.querySelector<HTMLElement>('#reproduce pre');
  const banner = document.querySelector('.banner');
  if (!first || !banner) return;
  const press = button('Copy the command to repeat it', 'Runs the same plan again', () => void copy(first.textContent ?? '', press));
  press.classList.add('screen-only', 'repeat');
  banner.append(press);
}

// Tables whose rows have a stretch of time lead to it.
function stretches(model: Model, timeline: Timeline): void {
  for (const table of document.querySelectorAll<HTMLTableElement>('table.outages, table.impact, #faults table'))
    improve(table, (row) => {
      const from = Number(row.dataset.from), to = row.dataset.to ? Number(row.dataset.to) : model.ops.until;
      if (row.dataset.from === undefined || Number.isNaN(from)) return;
      timeline.show(from, to);
      reveal();
    });
}

function reveal(): void {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  document.getElementById('timeline')?.scrollIntoView({ behavior: still ? 'auto' : 'smooth' });
  document.querySelector<HTMLElement>('.stage')?.focus({ preventScroll: true });
}

// What was asked for up to now is on the screen.
function drawn(): Promise<void> {
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
}

async function begin(): Promise<void> {
  copyButtons();
  const meta = readMeta();
  const section = document.getElementById('timeline');
  if (!meta || !section || meta.operations === 0) {
    for (const table of document.querySelectorAll<HTMLTableElement>('#keys table')) improve(table);
    return;
  }
  const ops = await readOperations(meta);
  const model = new Model(meta, ops);
  const timeline = new Timeline(model);
  section.querySelector('h2')?.after(filters(model), timeline.element, legend(model), details(model));
  document.documentElement.classList.add('live');
  const charts = document.querySelector('#performance .charts');
  if (charts) charts.before(new Charts(model).element);
  counterexamples(model, timeline, reveal);
  stretches(model, timeline);
  for (const table of document.querySelectorAll<HTMLTableElement>('#keys table'))
    improve(table, (row) => {
      void model.apply({ ...nothing, key: row.cells[0]?.textContent ?? '' });
      reveal();
    });
  const lines = document.querySelector<HTMLTableElement>('table.logs');
  if (lines) await logs(model, lines);
  if (await open(model, location.hash)) reveal();
  keepInAddress(model);
  await drawn();
  window.setTimeout(() => void model.names.prepare(), 200);
  Object.assign(window, { clewPage: { model, timeline } });
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

begin().catch((error: unknown) => {
  // The page without a script is whole: say what is missing, and leave it as it was.
  document.documentElement.classList.remove('live');
  document.querySelector('main')?.prepend(el('p', { class: 'warnings', role: 'alert' }, `The interactive part could not be opened here (${String(error)}). What follows is complete without it, but for the single operations.`));
});
