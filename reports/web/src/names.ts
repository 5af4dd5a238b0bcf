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

const slice = 20_000; // Operations between two pauses, so that the page goes on answering.

export class Names {
  private readonly indexes: Float64Array;
  private readonly rank: Uint32Array; // Its line among all values.
  private order: Uint32Array = new Uint32Array(0); // The operations by index.
  private readonly making: Generator<void>;
  private made = false;
  private urgent = false;
  private whenMade: Promise<void> | null = null;
  private readonly chunks: string[];
  private readonly opened = new Map<number, Promise<string[]>>();
  private readonly lines = new Map<number, string[]>();

  constructor(private readonly ops: Operations, private readonly meta: Meta) {
    this.chunks = (document.getElementById('data-values')?.textContent ?? '').split('\n');
    this.indexes = new Float64Array(ops.count);
    this.rank = new Uint32Array(ops.count);
    this.making = this.steps();
  }

  get ready(): boolean {
    return this.made;
  }

  // Makes what the others ask for, little by little: while nothing else is to be done, or, if
  // somebody waits for it, between other things.
  prepare(urgent = false): Promise<void> {
    this.urgent ||= urgent;
    this.whenMade ??= (async () => {
      while (!this.step()) await (this.urgent ? pause() : idle());
    })();
    return this.whenMade;
  }

  private step(): boolean {
    this.made ||= this.making.next().done === true;
    return this.made;
  }

  private finish(): void {
    while (!this.step());
  }

  // The index of an operation's invocation in history.jsonl, by which everybody calls it.
  index(i: number): number {
    this.finish();
    return this.indexes[i];
  }

  // The operation of that index; -1 if there is none.
  find(index: number): number {
    this.finish();
    const { order, indexes } = this;
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (indexes[order[middle]] < index) low = middle + 1;
      else high = middle;
    }
    return low < order.length && indexes[order[low]] === index ? order[low] : -1;
  }

  // "7", "-> 7", "3 -> 4"; undefined while it is not there yet, then `load` it.
  value(i: number): string | undefined {
    if (!this.made) return undefined;
    const at = this.rank[i];
    return this.lines.get(Math.floor(at / CHUNK))?.[at % CHUNK];
  }

  async load(i: number): Promise<string> {
    await this.prepare(true);
    const at = this.rank[i];
    const lines = await this.open(Math.floor(at / CHUNK));
    return lines[at % CHUNK] ?? '';
  }

  async loadAll(): Promise<void> {
    await this.prepare(true);
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

  private *steps(): Generator<void> {
    const { ops, meta, indexes, rank } = this;
    const starts = ops.start.slice().sort();
    yield;
    const ends = ops.end.filter((end) => end === end).sort();
    for (let i = 0; i < ops.count; ++i) {
      if (i % slice === 0) yield;
      indexes[i] = below(starts, ops.start[i]) + below(ends, ops.start[i]) + ops.correction[i];
    }
    yield;
    this.order = inOrder(indexes);
    // Values are in order of key and index.
    const next = new Uint32Array(meta.keys.length + 1);
    for (let i = 0; i < ops.count; ++i) ++next[ops.key[i] + 1];
    for (let key = 1; key < next.length; ++key) next[key] += next[key - 1];
    yield;
    for (const i of this.order) rank[i] = next[ops.key[i]]++;
  }
}

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}

function idle(): Promise<void> {
  if (!('requestIdleCallback' in window)) return pause();
  return new Promise((done) => window.requestIdleCallback(() => done()));
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
