// Words about operations: the one that is selected, and those in view.

import { OK, REFUSED, FAIL, INFO, firstEndingAfter, outcomes } from './data';
import { button, copy, el } from './dom';
import { duration, grouped, moment } from './format';
import type { Model } from './model';

const mostRows = 200;
const mostSorted = 300_000;

const outcomeWords = ['ok', 'refused: it certainly did not take effect', 'fail: it certainly did not take effect', 'unknown: it may take effect at any time, or never'];

export function describe(model: Model, i: number): string[] {
  const { ops, meta } = model;
  const key = meta.keys[ops.key[i]];
  const lane = meta.lanes[model.lane(i)][1];
  const end = ops.end[i];
  const answered = end === end;
  return [
    `${model.call(i)}${key ? ` on key ${key}` : ''}`,
    `${outcomeWords[ops.outcome[i]]}${ops.error[i] > 0 ? ` (${meta.errors[ops.error[i]]})` : ''}`,
    `from ${moment(ops.start[i], 500)}${answered ? ` for ${duration(end - ops.start[i])}` : ', never came back'}`,
    `client ${lane}${ops.process[i] === lane ? '' : `, process ${ops.process[i]}`}${meta.nodes[ops.node[i]] ? `, at ${meta.nodes[ops.node[i]]}` : ''}, op ${model.names.index(i)}`,
    model.failing.has(i) ? (model.misfits.has(i) ? 'fits nowhere in its counterexample' : 'part of a counterexample') : '',
  ];
}

// The panel beneath the timeline.
export function details(model: Model): HTMLElement {
  const told = el('p', { class: 'selected', role: 'status', 'aria-live': 'polite' });
  const link = button('Copy link to this view', 'A link to exactly this', () => void copy(location.href, link));
  const summary = el('p', { class: 'in-view' });
  const table = el('details', { class: 'view-table' }, el('summary', {}, 'Operations in view as a table'));
  const body = el('div');
  table.append(body);
  table.addEventListener('toggle', () => void fillTable(model, table, body));

  const tellSelected = async (): Promise<void> => {
    const i = model.selected;
    if (i < 0) {
      told.textContent = 'Click an operation, or walk with the arrow keys, to see it here.';
      return;
    }
    await model.names.load(i);
    if (model.selected === i) told.textContent = describe(model, i).filter((line) => line !== '').join('; ');
  };
  let pending = 0;
  const tellView = (): void => {
    window.clearTimeout(pending);
    pending = window.setTimeout(() => {
      summary.textContent = inView(model);
      void fillTable(model, table, body);
    }, 150);
  };
  model.listen((change) => {
    if (change === 'selection') void tellSelected();
    if (change === 'view' || change === 'filter') tellView();
  });
  void tellSelected();
  tellView();
  return el('div', { class: 'panel screen-only' }, told, summary, link, table);
}

// Each operation that passes the filter and began in view.
function eachInView(model: Model, each: (i: number) => void): void {
  const { ops, from, to, matches } = model;
  for (let lane = 0; lane + 1 < ops.first.length; ++lane) {
    const last = ops.first[lane + 1];
    for (let i = firstEndingAfter(ops, ops.first[lane], last, from); i < last && ops.start[i] <= to; ++i)
      if (!matches || matches[i] === 1) each(i);
  }
}

function inView(model: Model): string {
  const counts = [0, 0, 0, 0];
  const latencies: number[] = [];
  let total = 0;
  eachInView(model, (i) => {
    ++total;
    ++counts[model.ops.outcome[i]];
    if (model.ops.outcome[i] === OK && latencies.length < mostSorted) latencies.push(model.ops.end[i] - model.ops.start[i]);
  });
  const parts = [`${grouped(counts[OK])} ok`, `${grouped(counts[REFUSED])} refused`, `${grouped(counts[FAIL])} fail`, `${grouped(counts[INFO])} unknown`];
  let text = `In view, ${moment(model.from, model.to - model.from)} to ${moment(model.to, model.to - model.from)}: ${grouped(total)} operations, ${parts.join(', ')}`;
  if (latencies.length > 0 && latencies.length < mostSorted) {
    const sorted = Float64Array.from(latencies).sort();
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
    text += `; latency of the ok ones p50 ${duration(at(0.5))}, p99 ${duration(at(0.99))}, at most ${duration(sorted[sorted.length - 1])}`;
  }
  return `${text}.`;
}

async function fillTable(model: Model, table: HTMLDetailsElement, body: HTMLElement): Promise<void> {
  if (!table.open) return;
  const { ops, meta } = model;
  const found: number[] = [];
  let total = 0;
  const around = model.selected >= 0 ? ops.start[model.selected] : model.from;
  eachInView(model, (i) => {
    ++total;
    found.push(i);
  });
  found.sort((a, b) => Math.abs(ops.start[a] - around) - Math.abs(ops.start[b] - around));
  const rows = found.slice(0, mostRows).sort((a, b) => model.names.index(a) - model.names.index(b));
  await Promise.all(rows.map((i) => model.names.load(i)));
  const head = el('tr', {}, ...['op', 'client', 'node', 'key', 'call', 'invoked', 'took', 'outcome', 'error'].map((name) => el('th', { scope: 'col' }, name)));
  const lines = el('tbody');
  for (const i of rows) {
    const end = ops.end[i];
    const texts = [String(model.names.index(i)), String(ops.process[i]), meta.nodes[ops.node[i]], meta.keys[ops.key[i]], model.call(i), moment(ops.start[i], 500), end === end ? duration(end - ops.start[i]) : 'never came back', outcomes[ops.outcome[i]], ops.error[i] > 0 ? meta.errors[ops.error[i]] : ''];
    lines.append(el('tr', { class: model.misfits.has(i) ? 'bad' : '' }, ...texts.map((text) => el('td', {}, text))));
  }
  const json = button('Copy as JSON', 'The rows of this table', () => void copy(asJson(model, rows), json));
  body.replaceChildren(
    el('p', { class: 'note' }, total > rows.length ? `The ${rows.length} of ${grouped(total)} nearest to ${model.selected >= 0 ? 'the selected one' : 'the beginning of the view'}. ` : '', json),
    el('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'Operations in view' }, el('table', {}, el('thead', {}, head), lines)),
  );
}

function asJson(model: Model, rows: number[]): string {
  const { ops, meta } = model;
  return JSON.stringify(rows.map((i) => ({
    index: model.names.index(i), process: ops.process[i], node: meta.nodes[ops.node[i]], key: meta.keys[ops.key[i]], f: meta.functions[ops.f[i]],
    value: model.names.value(i) ?? '', invoked_us: ops.start[i], returned_us: ops.end[i] === ops.end[i] ? ops.end[i] : null,
    outcome: outcomes[ops.outcome[i]], error: meta.errors[ops.error[i]],
  })), null, 1);
}
