// The lanes of clients as pixels. A million operations are too many to draw one by one; but what a
// pixel shows is only how its stretch of time is shared out among outcomes. For views of much of the
// run that is summed up once, in stretches of several lengths; for the others it is summed up anew.

import { drawnEnd, firstEndingAfter, type Operations } from './data';
import { pixel, type Palette } from './palette';

const kinds = 5; // ok, refused, fail, info, and whatever does not match the filter.
const dim = 4;
const finest = 16384; // Buckets a lane.
const levels = 4; // Each has half as many as the one before.

export class Raster {
  private shares: Uint8Array[] = []; // Of each bucket, lane by lane, in 255ths; by level.
  private sums = new Float32Array(0);

  constructor(private readonly ops: Operations, private readonly lanes: number) {}

  private kind(i: number, matches: Uint8Array | null): number {
    return matches && matches[i] === 0 ? dim : this.ops.outcome[i];
  }

  // Sums up lane by lane; after the filter changed, too.
  prepare(matches: Uint8Array | null): void {
    const { ops, lanes } = this;
    const width = ops.until / finest;
    const sums = new Float32Array(finest * kinds);
    this.shares = [new Uint8Array(lanes * finest * kinds)];
    for (let lane = 0; lane < lanes; ++lane) {
      sums.fill(0);
      this.add(sums, lane, 0, ops.until, finest, matches);
      const base = lane * finest * kinds;
      for (let k = 0; k < sums.length; ++k)
        if (sums[k] > 0) this.shares[0][base + k] = Math.max(1, Math.min(255, (sums[k] / width) * 255));
    }
    for (let level = 1; level < levels; ++level) this.shares.push(halved(this.shares[level - 1]));
  }

  // Adds, for each of `count` equal parts of [from, to), how long each kind took.
  private add(sums: Float32Array, lane: number, from: number, to: number, count: number, matches: Uint8Array | null): void {
    const { ops } = this;
    const last = ops.first[lane + 1];
    const width = (to - from) / count;
    for (let i = firstEndingAfter(ops, ops.first[lane], last, from); i < last && ops.start[i] < to; ++i) {
      const kind = this.kind(i, matches);
      const begin = Math.max((ops.start[i] - from) / width, 0);
      const end = Math.min((drawnEnd(ops, i, last) - from) / width, count);
      let part = Math.min(Math.floor(begin), count - 1);
      if (end <= part + 1) {
        sums[part * kinds + kind] += Math.max(end - begin, 0.02) * width;
        continue;
      }
      sums[part * kinds + kind] += (part + 1 - begin) * width;
      for (++part; part + 1 <= end; ++part) sums[part * kinds + kind] += width;
      if (part < count) sums[part * kinds + kind] += (end - part) * width;
    }
  }

  // The same from what was prepared, in buckets not longer than a part.
  private addPrepared(sums: Float32Array, lane: number, from: number, to: number, count: number): void {
    const { until } = this.ops;
    let level = 0;
    while (level + 1 < levels && (to - from) / count >= until / (finest >> (level + 1))) ++level;
    const buckets = finest >> level;
    const shares = this.shares[level];
    const base = lane * buckets * kinds;
    const scale = buckets / until;
    const unit = 1 / scale / 255;
    const step = ((to - from) / count) * scale;
    let at = from * scale;
    for (let part = 0; part < count; ++part, at += step) {
      const first = Math.floor(at);
      const end = Math.min(Math.max(Math.floor(at + step), first + 1), buckets);
      for (let k = base + first * kinds; k < base + end * kinds; k += kinds) {
        const out = part * kinds;
        sums[out] += shares[k] * unit;
        sums[out + 1] += shares[k + 1] * unit;
        sums[out + 2] += shares[k + 2] * unit;
        sums[out + 3] += shares[k + 3] * unit;
        sums[out + 4] += shares[k + 4] * unit;
      }
    }
  }

  // Lanes [top, bottom) of the view [from, to), `height` pixels each of which the bar has `bar`.
  draw(image: ImageData, view: { from: number; to: number }, height: number, bar: number, matches: Uint8Array | null, colours: Palette): void {
    const { width } = image;
    const out = new Uint32Array(image.data.buffer);
    out.fill(0);
    const paints = [...colours.outcomes, colours.dim].map(pixel);
    if (this.sums.length !== width * kinds) this.sums = new Float32Array(width * kinds);
    const coarse = (view.to - view.from) / width >= this.ops.until / finest;
    const lanes = Math.min(this.lanes, Math.floor(image.height / height));
    for (let lane = 0; lane < lanes; ++lane) {
      this.sums.fill(0);
      if (coarse) this.addPrepared(this.sums, lane, view.from, view.to, width);
      else this.add(this.sums, lane, view.from, view.to, width, matches);
      const top = lane * height + ((height - bar) >> 1);
      for (let x = 0; x < width; ++x) this.column(out, width, x, top, bar, paints, (view.to - view.from) / width);
    }
  }

  // One bar, a pixel wide: unusual outcomes stand at its top, and have a pixel whatever their share.
  private column(out: Uint32Array, width: number, x: number, top: number, bar: number, paints: number[], part: number): void {
    const at = x * kinds;
    const { sums } = this;
    const total = sums[at] + sums[at + 1] + sums[at + 2] + sums[at + 3] + sums[at + 4];
    if (total <= 0) return;
    const alpha = (Math.round(90 + 165 * Math.min(1, (1.6 * total) / part)) << 24) >>> 0;
    let y = top;
    const bottom = top + bar;
    for (const kind of [3, 2, 1, 0, 4]) {
      const share = sums[at + kind] / total;
      if (share <= 0) continue;
      const rows = Math.max(kind === 3 || kind === 2 ? 1 : 0, Math.round(share * bar));
      const colour = ((paints[kind] & 0xffffff) | alpha) >>> 0;
      for (const end = Math.min(y + rows, bottom); y < end; ++y) out[y * width + x] = colour;
    }
    for (const rest = y > top ? out[(y - 1) * width + x] : 0; y < bottom; ++y) out[y * width + x] = rest;
  }
}

// Pairs of buckets as one. What has any share keeps some.
function halved(shares: Uint8Array): Uint8Array {
  const out = new Uint8Array(shares.length / 2);
  for (let bucket = 0; bucket * kinds < out.length; ++bucket)
    for (let kind = 0; kind < kinds; ++kind) {
      const at = 2 * bucket * kinds + kind;
      out[bucket * kinds + kind] = (shares[at] + shares[at + kinds] + 1) >> 1;
    }
  return out;
}
