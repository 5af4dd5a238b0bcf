// What all parts of the page look at: the run, the stretch of time in view, what is filtered and
// what is selected. Whoever changes it tells the others.

import { FAIL, INFO, OK, REFUSED, laneOf, outcomes, type Meta, type Operations } from './data';
import { Names } from './names';

export interface Filter { key: string; f: string; outcome: string; node: string; client: string; text: string }
export const nothing: Filter = { key: '', f: '', outcome: '', node: '', client: '', text: '' };
export type Change = 'view' | 'filter' | 'selection' | 'cursor';

const shortest = 20; // Microseconds in view.

export class Model {
  from = 0;
  to: number;
  filter: Filter = { ...nothing };
  matches: Uint8Array | null = null; // 1 for each operation that passes; null: all do.
  matching: number;
  selected = -1;
  cursor = NaN; // A moment that is pointed out in all parts.
  readonly names: Names;
  readonly failing: Set<number>; // Operations of counterexamples.
  readonly misfits: Set<number>;
  private readonly listeners: ((change: Change) => void)[] = [];

  constructor(readonly meta: Meta, readonly ops: Operations) {
    this.to = ops.until;
    this.matching = ops.count;
    this.names = new Names(ops, meta);
    this.failing = new Set(meta.failures.flatMap((failure) => failure.calls));
    this.misfits = new Set(meta.failures.flatMap((failure) => failure.misfits));
  }

  listen(listener: (change: Change) => void): void {
    this.listeners.push(listener);
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  look(from: number, to: number): void {
    const width = Math.min(Math.max(to - from, shortest), this.ops.until);
    const middle = (from + to) / 2;
    this.from = Math.min(Math.max(middle - width / 2, 0), this.ops.until - width);
    this.to = this.from + width;
    this.tell('view');
  }

  zoom(factor: number, around = (this.from + this.to) / 2): void {
    this.look(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  pan(share: number): void {
    const by = (this.to - this.from) * share;
    this.look(this.from + by, this.to + by);
  }

  whole(): void {
    this.look(0, this.ops.until);
  }

  point(at: number): void {
    this.cursor = at;
    this.tell('cursor');
  }

  // Selects operation i, -1 for none, and brings it into view where it is not.
  select(i: number): void {
    this.selected = i;
    if (i >= 0 && (this.ops.start[i] < this.from || this.ops.start[i] > this.to)) {
      const half = (this.to - this.from) / 2;
      this.look(this.ops.start[i] - half, this.ops.start[i] + half);
    }
    this.tell('selection');
  }

  async apply(filter: Filter): Promise<void> {
    this.filter = filter;
    if (filter.text !== '') await this.names.loadAll();
    if (this.filter !== filter) return; // Another one came meanwhile.
    this.matches = this.match();
    this.matching = this.matches ? this.matches.reduce((sum, one) => sum + one, 0) : this.ops.count;
    this.tell('filter');
  }

  private match(): Uint8Array | null {
    const { ops, meta, filter } = this;
    if (Object.values(filter).every((text) => text === '')) return null;
    const number = (list: string[], text: string): number => (text === '' ? -1 : list.indexOf(text) < 0 ? -2 : list.indexOf(text));
    const key = number(meta.keys, filter.key);
    const f = number(meta.functions, filter.f);
    const node = number(meta.nodes, filter.node);
    const outcome = number(outcomes, filter.outcome);
    const wanted = filter.text.toLowerCase();
    const out = new Uint8Array(ops.count);
    for (let lane = 0; lane + 1 < ops.first.length; ++lane) {
      const client = meta.lanes[lane][1];
      for (let i = ops.first[lane]; i < ops.first[lane + 1]; ++i) {
        if ((key !== -1 && ops.key[i] !== key) || (f !== -1 && ops.f[i] !== f)) continue;
        if ((node !== -1 && ops.node[i] !== node) || (outcome !== -1 && ops.outcome[i] !== outcome)) continue;
        if (filter.client !== '' && String(client) !== filter.client && String(ops.process[i]) !== filter.client) continue;
        if (wanted !== '' && !this.words(i).toLowerCase().includes(wanted)) continue;
        out[i] = 1;
      }
    }
    return out;
  }

  // "k17 write 7 timeout": all that a search looks at.
  private words(i: number): string {
    const { ops, meta } = this;
    return `${meta.keys[ops.key[i]]} ${meta.functions[ops.f[i]]} ${this.names.value(i) ?? ''} ${meta.errors[ops.error[i]]}`;
  }

  call(i: number): string {
    const value = this.names.value(i);
    return this.meta.functions[this.ops.f[i]] + (value ? ` ${value}` : '');
  }

  lane(i: number): number {
    return laneOf(this.ops, i);
  }
}

export { OK, REFUSED, FAIL, INFO };
