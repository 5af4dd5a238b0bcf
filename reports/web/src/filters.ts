// What is to be seen: by key, function, outcome, node, client, and words.

import { outcomes } from './data';
import { button, el } from './dom';
import { grouped } from './format';
import { nothing, type Filter, type Model } from './model';

const mostOffered = 500; // In a list to choose from; typing reaches all.

export function filters(model: Model): HTMLElement {
  const { meta } = model;
  const count = el('output', { class: 'matching' });
  const fields = new Map<keyof Filter, HTMLInputElement | HTMLSelectElement>();
  const labelled = (name: keyof Filter, label: string, field: HTMLInputElement | HTMLSelectElement): HTMLElement => {
    fields.set(name, field);
    return el('label', {}, `${label} `, field);
  };
  const choice = (values: string[]): HTMLSelectElement =>
    el('select', {}, el('option', { value: '' }, 'all'), ...values.map((value) => el('option', { value }, value)));
  const typed = (id: string, values: string[], placeholder: string): [HTMLInputElement, HTMLElement] => [
    el('input', { type: 'search', list: id, placeholder, size: 8, autocomplete: 'off', spellcheck: 'false' }),
    el('datalist', { id }, ...values.slice(0, mostOffered).map((value) => el('option', { value }))),
  ];
  const [key, keys] = typed('filter-keys', meta.keys.filter((one) => one !== ''), 'all');
  const [client, clients] = typed('filter-clients', meta.lanes.map(([, process]) => String(process)), 'all');
  const text = el('input', { type: 'search', placeholder: 'value, error \u2026', size: 14, autocomplete: 'off', spellcheck: 'false' });
  const reset = button('Show all', 'Takes every filter away', () => void model.apply({ ...nothing }));

  const form = el('form', { class: 'filters screen-only', role: 'search', 'aria-label': 'Filter operations' });
  if (meta.keys.length > 1) form.append(labelled('key', 'Key', key), keys);
  if (meta.functions.length > 1) form.append(labelled('f', 'Function', choice(meta.functions)));
  form.append(labelled('outcome', 'Outcome', choice(outcomes)));
  if (meta.nodes.length > 1) form.append(labelled('node', 'Node', choice(meta.nodes.filter((one) => one !== ''))));
  form.append(labelled('client', 'Client', client), clients, labelled('text', 'Search', text), reset, count);

  const read = (): Filter => {
    const filter = { ...nothing };
    for (const [name, field] of fields) filter[name] = field.value.trim();
    return filter;
  };
  let pending = 0;
  form.addEventListener('input', () => {
    window.clearTimeout(pending);
    pending = window.setTimeout(() => void model.apply(read()), 200);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void model.apply(read());
  });
  const show = (): void => {
    for (const [name, field] of fields) if (field.value.trim() !== model.filter[name]) field.value = model.filter[name];
    reset.disabled = model.matches === null;
    count.textContent = model.matches === null ? `${grouped(model.ops.count)} operations` : `${grouped(model.matching)} of ${grouped(model.ops.count)} operations match`;
  };
  model.listen((change) => {
    if (change === 'filter') show();
  });
  show();
  return form;
}

export function legend(model: Model): HTMLElement {
  const entry = (kind: string, label: string): HTMLElement => el('span', { class: 'item' }, el('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' }), label);
  const list = el('p', { class: 'legend screen-only' }, entry('o-ok', 'ok'), entry('o-refused', 'refused (compare-and-set)'), entry('o-fail', 'fail'), entry('o-info', 'unknown outcome'));
  if (model.meta.failures.length > 0) list.append(entry('o-bad', 'counterexample'));
  if (model.meta.leaders.length > 0) list.append(entry('o-leader', 'leads'));
  if (model.meta.overlaps.length > 0) list.append(entry('o-split', 'two claimed to lead'));
  const has = (kind: string): boolean => model.meta.kinds.includes(kind);
  if (has('kill') || has('power-loss')) list.append(entry('o-down', 'down'));
  if (has('pause')) list.append(entry('o-paused', 'paused'));
  if (has('clock')) list.append(entry('o-bent', 'clock off'));
  return list;
}
