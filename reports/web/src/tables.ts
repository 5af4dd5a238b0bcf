// Tables that are there already: sorted by a click on a head, searched, shown in pages.

import { button, el } from './dom';
import { grouped } from './format';

const page = 50;

// "1,234", "4.1 ms", "96.1 %": as a number; NaN if it is none.
export function valueOf(text: string): number {
  const match = /^([+-]?[\d,]*\.?\d+)\s*(ns|us|\u00b5s|ms|s|m|%|)/.exec(text.trim());
  if (!match) return NaN;
  const unit: Record<string, number> = { ns: 1e-9, us: 1e-6, '\u00b5s': 1e-6, ms: 1e-3, s: 1, m: 60, '%': 1, '': 1 };
  return parseFloat(match[1].replace(/,/g, '')) * unit[match[2]];
}

export function compare(a: string, b: string): number {
  const x = valueOf(a), y = valueOf(b);
  if (x === x && y === y && x !== y) return x - y;
  if ((x === x) !== (y === y)) return x === x ? -1 : 1;
  return a.localeCompare(b, 'en', { numeric: true });
}

export function improve(table: HTMLTableElement, press?: (row: HTMLTableRowElement) => void): void {
  const body = table.tBodies[0];
  if (!body || body.rows.length < 2) return;
  const rows = [...body.rows];
  let shown = rows;
  let until = page;
  const more = button('', 'Shows further rows', () => {
    until += 10 * page;
    show();
  });
  const search = el('input', { type: 'search', placeholder: 'Search this table', 'aria-label': 'Search this table' });
  const count = el('span', { class: 'note' });
  const show = (): void => {
    body.replaceChildren(...shown.slice(0, until));
    more.hidden = shown.length <= until;
    more.textContent = `Show more of the ${grouped(shown.length - until)} others`;
    count.textContent = shown.length === rows.length ? '' : ` ${grouped(shown.length)} of ${grouped(rows.length)} rows`;
  };
  search.addEventListener('input', () => {
    const wanted = search.value.toLowerCase();
    shown = rows.filter((row) => (row.textContent ?? '').toLowerCase().includes(wanted));
    show();
  });
  sortable(table, (column, downwards) => {
    const text = (row: HTMLTableRowElement): string => row.cells[column]?.textContent ?? '';
    const order = (a: HTMLTableRowElement, b: HTMLTableRowElement): number => compare(text(a), text(b)) * (downwards ? -1 : 1);
    rows.sort(order);
    shown = [...shown].sort(order);
    show();
  });
  const around = table.closest('.scroll') ?? table;
  if (rows.length > 12) around.before(el('p', { class: 'search screen-only' }, search, count));
  around.after(el('p', { class: 'screen-only' }, more));
  if (press) pressable(rows, press);
  show();
  window.addEventListener('beforeprint', () => body.replaceChildren(...shown));
  window.addEventListener('afterprint', show);
}

function sortable(table: HTMLTableElement, sort: (column: number, downwards: boolean) => void): void {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  heads.forEach((head, column) => {
    const name = head.textContent ?? '';
    const press = button(name, `Sort by ${name}`, () => {
      const downwards = head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', downwards ? 'descending' : 'ascending');
      sort(column, downwards);
    });
    press.className = 'sort';
    head.replaceChildren(press);
  });
}

function pressable(rows: HTMLTableRowElement[], press: (row: HTMLTableRowElement) => void): void {
  for (const row of rows) {
    const first = row.cells[0];
    const text = first?.textContent ?? '';
    if (!first || text === '') continue;
    const open = button(text, 'Show in the timeline', () => press(row));
    open.className = 'link';
    first.replaceChildren(open);
  }
}
