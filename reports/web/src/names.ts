// What is not needed to draw: each operation's index in the history, and its values. Both are made
// when first asked for.

import { CHUNK, inflateText, type Meta, type Operations } from './data';

// How many numbers of the sorted `list` are less than `value`.
function below(list: Float64Array, value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Names {
  private indexes: Float64Array | null = null;
  private byIndex: Map<number, number> | null = null;
  private rank: Uint32Array | null = null; // Its line among all values.
  private readonly chunks: string[];
  private readonly opened = new Map<number, Promise<string[]>>();
  private readonly lines = new Map<number, string[]>();

  constructor(private readonly ops: Operations, private readonly meta: Meta) {
    this.chunks = (document.getElementById('data-values')?.textContent ?? '').split('\n');
  }

  // The index of an operation's invocation in history.jsonl, by which everybody calls it.
  index(i: number): number {
    return this.allIndexes()[i];
  }

  // The operation of that index; -1 if there is none.
  find(index: number): number {
    if (!this.byIndex) {
      const all = this.allIndexes();
      this.byIndex = new Map();
      for (let i = 0; i < all.length; ++i) this.byIndex.set(all[i], i);
    }
    return this.byIndex.get(index) ?? -1;
  }

  // "7", "-> 7", "3 -> 4"; undefined while it is not there yet, then `load` it.
  value(i: number): string | undefined {
    const at = this.ranks()[i];
    return this.lines.get(Math.floor(at / CHUNK))?.[at % CHUNK];
  }

  async load(i: number): Promise<string> {
    const at = this.ranks()[i];
    const lines = await this.open(Math.floor(at / CHUNK));
    return lines[at % CHUNK] ?? '';
  }

  async loadAll(): Promise<void> {
    for (let chunk = 0; chunk * CHUNK < this.ops.count; ++chunk) await this.open(chunk);
  }

  private open(chunk: number): Promise<string[]> {
    let opening = this.opened.get(chunk);
    if (!opening) {
      opening = this.read(chunk);
      this.opened.set(chunk, opening);
    }
    return opening;
  }

  private async read(chunk: number): Promise<string[]> {
    const packed = this.chunks[chunk] ?? '';
    const lines = packed === '' ? [] : (await inflateText(packed)).split('\n').map(shown);
    this.lines.set(chunk, lines);
    return lines;
  }

  private allIndexes(): Float64Array {
    if (this.indexes) return this.indexes;
    const { ops } = this;
    const starts = ops.start.slice().sort();
    const ends = ops.end.filter((end) => end === end).sort();
    this.indexes = new Float64Array(ops.count);
    for (let i = 0; i < ops.count; ++i)
      this.indexes[i] = below(starts, ops.start[i]) + below(ends, ops.start[i]) + ops.correction[i];
    return this.indexes;
  }

  // Values are in order of key and index.
  private ranks(): Uint32Array {
    if (this.rank) return this.rank;
    const { ops, meta } = this;
    const indexes = this.allIndexes();
    const order = inOrder(indexes);
    const next = new Uint32Array(meta.keys.length + 1);
    for (let i = 0; i < ops.count; ++i) ++next[ops.key[i] + 1];
    for (let key = 1; key < next.length; ++key) next[key] += next[key - 1];
    this.rank = new Uint32Array(ops.count);
    for (const i of order) this.rank[i] = next[ops.key[i]]++;
    return this.rank;
  }
}

// The operations by index. Indexes are dense as a rule; then there is nothing to compare.
function inOrder(indexes: Float64Array): Uint32Array {
  let most = 0;
  for (const index of indexes) most = Math.max(most, index);
  if (most > 8 * indexes.length + 1e6)
    return Uint32Array.from(indexes, (_, i) => i).sort((a, b) => indexes[a] - indexes[b]);
  const at = new Uint32Array(most + 1);
  for (let i = 0; i < indexes.length; ++i) at[indexes[i]] = i + 1;
  return at.filter((i) => i > 0).map((i) => i - 1);
}

function shown(line: string): string {
  const tab = line.indexOf('\t');
  if (tab < 0) return line;
  return `${line.slice(0, tab)}${tab > 0 ? ' ' : ''}\u2192 ${line.slice(tab + 1)}`;
}
