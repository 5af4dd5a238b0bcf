// The run as the page carries it: a few facts as JSON, and each operation in columns of LEB128
// numbers, compressed. reports/operations.h says what they mean.

export interface Fault { id: string; kind: number; label: string; does: string; nodes: string[]; from: number; to: number | null }
export interface Leader { node: string; term: number; from: number; to: number }
export interface Overlap { nodes: [string, string]; from: number; to: number }
export interface Failure { key: string; anomaly: string; from: number; to: number; calls: number[]; misfits: number[] }
// from, to, ok, fail, info, p50, p95, p99, max
export type Bin = [number, number, number, number, number, number, number, number, number];

export interface Meta {
  format: number;
  operations: number;
  lanes: [count: number, process: number][];
  functions: string[];
  keys: string[];
  nodes: string[];
  errors: string[];
  cluster: string[];
  kinds: string[];
  faults: Fault[];
  leaders: Leader[];
  overlaps: Overlap[];
  failures: Failure[];
  bins: Bin[];
  outages: [number, number][];
}

export const OK = 0, REFUSED = 1, FAIL = 2, INFO = 3;
export const outcomes = ['ok', 'refused', 'fail', 'info'];
export const CHUNK = 8192;

// Lane by lane, each in order of time: lane l has the operations first[l] up to first[l + 1].
export interface Operations {
  count: number;
  first: Uint32Array;
  start: Float64Array;
  end: Float64Array; // NaN: it never came back.
  outcome: Uint8Array;
  f: Uint8Array;
  key: Uint32Array;
  node: Uint16Array;
  error: Uint16Array;
  process: Int32Array;
  correction: Int32Array; // Of its index; see identify().
  until: number; // The end of the run.
}

function content(name: string): string {
  return document.getElementById(`data-${name}`)?.textContent ?? '';
}

export function readMeta(): Meta | null {
  const text = content('meta');
  return text === '' ? null : (JSON.parse(text) as Meta);
}

interface FromBase64 { fromBase64?(text: string): Uint8Array<ArrayBuffer> }

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const direct = (Uint8Array as unknown as FromBase64).fromBase64;
  if (direct) return direct.call(Uint8Array, base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export async function inflate(base64: string): Promise<Uint8Array> {
  const packed = new Blob([bytesOf(base64.trim())]).stream();
  const plain = packed.pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

export async function inflateText(base64: string): Promise<string> {
  return new TextDecoder().decode(await inflate(base64));
}

// Calls `each` with every number of a column. Numbers may exceed 32 bits, but not 53.
function eachNumber(bytes: Uint8Array, each: (value: number, i: number) => void): void {
  let i = 0;
  for (let at = 0; at < bytes.length; ++i) {
    let byte = bytes[at++];
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = bytes[at++];
      value += (byte & 0x7f) * scale;
    }
    each(value, i);
  }
}

const unzigzag = (n: number): number => (n % 2 === 0 ? n / 2 : -(n + 1) / 2);

export async function readOperations(meta: Meta): Promise<Operations> {
  const [gaps, durations, kinds, key, node, error, processes, indexes] = await Promise.all(
    ['gaps', 'durations', 'kinds', 'key', 'node', 'error', 'processes', 'indexes'].map((name) => inflate(content(name))),
  );
  const count = meta.operations;
  const ops: Operations = {
    count,
    first: new Uint32Array(meta.lanes.length + 1),
    start: new Float64Array(count),
    end: new Float64Array(count),
    outcome: new Uint8Array(count),
    f: new Uint8Array(count),
    key: new Uint32Array(count),
    node: new Uint16Array(count),
    error: new Uint16Array(count),
    process: new Int32Array(count),
    correction: new Int32Array(count),
    until: 0,
  };
  meta.lanes.forEach(([size], l) => (ops.first[l + 1] = ops.first[l] + size));
  eachNumber(durations, (v, i) => (ops.end[i] = v));
  eachNumber(kinds, (v, i) => {
    ops.outcome[i] = v & 3;
    ops.f[i] = v >> 2;
  });
  eachNumber(key, (v, i) => (ops.key[i] = v));
  eachNumber(node, (v, i) => (ops.node[i] = v));
  eachNumber(error, (v, i) => (ops.error[i] = v));
  place(ops, meta, gaps);
  along(ops, processes, (lane) => meta.lanes[lane][1], ops.process);
  along(ops, indexes, () => 0, ops.correction);
  ops.until = endOf(ops, meta);
  return ops;
}

// Starts and ends, from the gaps and what ops.end holds so far: 1 more than the duration.
function place(ops: Operations, meta: Meta, gaps: Uint8Array): void {
  let lane = 0;
  let last = 0;
  eachNumber(gaps, (gap, i) => {
    while (lane < meta.lanes.length && i >= ops.first[lane + 1]) {
      ++lane;
      last = 0;
    }
    ops.start[i] = last + gap;
    const took = ops.end[i];
    last = ops.start[i] + Math.max(took - 1, 0);
    ops.end[i] = took === 0 ? NaN : last;
  });
}

// A column of differences within each lane.
function along(ops: Operations, bytes: Uint8Array, begin: (lane: number) => number, out: Int32Array): void {
  let lane = -1;
  let value = 0;
  eachNumber(bytes, (difference, i) => {
    while (i >= (lane < 0 ? 0 : ops.first[lane + 1])) value = begin(++lane);
    value += unzigzag(difference);
    out[i] = value;
  });
}

function endOf(ops: Operations, meta: Meta): number {
  let until = 1;
  for (let i = 0; i < ops.count; ++i) {
    if (ops.end[i] > until) until = ops.end[i];
    if (ops.start[i] > until) until = ops.start[i];
  }
  for (const fault of meta.faults) until = Math.max(until, fault.from, fault.to ?? 0);
  for (const leader of meta.leaders) until = Math.max(until, leader.to);
  return until;
}

export async function readLogs(): Promise<[node: string, at: number, offset: number, level: string, text: string][]> {
  const packed = content('logs');
  return packed.trim() === '' ? [] : JSON.parse(await inflateText(packed));
}

// Where an operation is drawn to end: one without an answer, where its lane goes on.
export function drawnEnd(ops: Operations, i: number, last: number): number {
  const end = ops.end[i];
  if (end === end) return end;
  return i + 1 < last ? ops.start[i + 1] : ops.until;
}

export function laneOf(ops: Operations, i: number): number {
  let low = 0;
  let high = ops.first.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ops.first[middle] <= i) low = middle;
    else high = middle - 1;
  }
  return low;
}

// The first operation of [from, to) that ends after `time`.
export function firstEndingAfter(ops: Operations, from: number, to: number, time: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (drawnEnd(ops, middle, to) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
