// The view in the address: #t=14.18-14.24&key=17&op=35192 opens the same place again.

import { nothing, type Filter, type Model } from './model';

const names: (keyof Filter)[] = ['key', 'f', 'outcome', 'node', 'client', 'text'];

export function written(model: Model): string {
  const parts: string[] = [];
  if (model.from > 0 || model.to < model.ops.until) parts.push(`t=${(model.from / 1e6).toFixed(6)}-${(model.to / 1e6).toFixed(6)}`);
  for (const name of names) if (model.filter[name] !== '') parts.push(`${name}=${encodeURIComponent(model.filter[name])}`);
  if (model.selected >= 0) parts.push(`op=${model.names.index(model.selected)}`);
  return parts.join('&');
}

// True if the address names a view.
export async function open(model: Model, hash: string): Promise<boolean> {
  if (!hash.includes('=')) return false;
  const given = new URLSearchParams(hash.replace(/^#/, '').replace(/\+/g, '%2B'));
  const filter = { ...nothing };
  for (const name of names) filter[name] = given.get(name) ?? '';
  await model.apply(filter);
  const op = given.get('op');
  const selected = op === null ? -1 : model.names.find(Number(op));
  const span = /^([\d.]+)-([\d.]+)$/.exec(given.get('t') ?? '');
  if (span) {
    model.look(Number(span[1]) * 1e6, Number(span[2]) * 1e6);
  } else if (selected >= 0) {
    const { ops } = model;
    const end = ops.end[selected] === ops.end[selected] ? ops.end[selected] : ops.start[selected];
    const around = Math.max(10 * (end - ops.start[selected]), 5000);
    model.look(ops.start[selected] - around, end + around);
  }
  model.select(selected);
  return true;
}

export function keepInAddress(model: Model): void {
  let pending = 0;
  let mine = '';
  model.listen((change) => {
    if (change === 'cursor') return;
    window.clearTimeout(pending);
    pending = window.setTimeout(() => {
      mine = written(model);
      if (mine === '' && !location.hash.includes('=')) return;
      history.replaceState(null, '', `#${mine === '' ? 'timeline' : mine}`);
    }, 250);
  });
  window.addEventListener('hashchange', () => {
    if (location.hash.slice(1) !== mine) void open(model, location.hash);
  });
}
