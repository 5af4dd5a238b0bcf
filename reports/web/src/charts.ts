// Latency and rates over the stretch in view, with the faults behind them.

import uPlot from 'uplot';
import { INFO, OK, REFUSED, firstEndingAfter, type Bin } from './data';
import { el } from './dom';
import { duration, grouped } from './format';
import type { Model } from './model';
import { onPaletteChange, palette, pixel, type Palette } from './palette';

const height = 230;
const parts = 120;
const mostCounted = 400_000; // Operations in view that are worth counting anew for finer parts.

export class Charts {
  readonly element = el('div', { class: 'charts screen-only' });
  private plots: uPlot[] = [];
  private readonly heat = el('canvas', { role: 'img', 'aria-label': 'Density of latencies over time, logarithmic; the table below has the percentiles' });
  private bins: Bin[];
  private pending = 0;

  constructor(private readonly model: Model) {
    this.bins = model.meta.bins;
    model.listen((change) => {
      if (change !== 'view') return;
      window.clearTimeout(this.pending);
      this.pending = window.setTimeout(() => this.follow(), 120);
    });
    onPaletteChange(() => this.build());
    let width = 0;
    new ResizeObserver(() => {
      if (this.element.clientWidth === width) return;
      width = this.element.clientWidth;
      this.build();
    }).observe(this.element);
  }

  private build(): void {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    const colours = palette();
    const latency = figure('Latency of ok operations');
    const rate = figure('Completions per second by outcome');
    const share = figure('Availability: share of completions with an answer');
    const heat = figure('Density of latencies');
    this.element.replaceChildren(latency, rate, share, heat, this.faultLegend(colours));
    const { lines } = colours;
    this.plots = [
      this.plot(latency, colours, [series('p50', lines.p50), series('p95', lines.p95, [6, 3]), series('p99', lines.p99, [2, 2]), series('max', lines.max, [1, 3])], true, (v) => duration(v)),
      this.plot(rate, colours, [series('ok', lines.ok), series('refused', colours.muted, [1, 3]), series('fail', lines.fail, [6, 3]), series('unknown', lines.info, [2, 2])], false, (v) => grouped(v)),
      this.plot(share, colours, [{ ...series('ok or refused', lines.ok), fill: `${lines.ok}22` }], false, (v) => `${Math.round(v)} %`, [0, 100]),
    ];
    heat.append(this.heat);
    this.follow();
  }

  private faultLegend(colours: Palette): HTMLElement {
    const list = el('p', { class: 'legend' });
    const entry = (label: string, colour: string): void => {
      const swatch = el('span', { class: 'swatch', 'aria-hidden': 'true' });
      swatch.style.background = colour;
      list.append(el('span', { class: 'item' }, swatch, label));
    };
    this.model.meta.kinds.forEach((kind, k) => entry(`${kind} in force`, colours.faults[k % colours.faults.length]));
    if (this.model.meta.outages.length > 0) entry('stretch without a success', colours.bad);
    return list;
  }

  private plot(into: HTMLElement, colours: Palette, lines: uPlot.Series[], logarithmic: boolean, words: (value: number) => string, range?: [number, number]): uPlot {
    const axis = { stroke: colours.muted, grid: { stroke: colours.rule, width: 1 }, ticks: { stroke: colours.rule, width: 1 }, font: '11px system-ui, sans-serif' };
    const options: uPlot.Options = {
      width: Math.max(into.clientWidth, 280), height,
      cursor: { sync: { key: 'clew', setSeries: false }, drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : { range: range ?? ((_, __, most) => [0, Math.max(most * 1.05, 1)]) } },
      axes: [
        { ...axis, values: (_, marks) => marks.map((mark) => `${+mark.toFixed(6)} s`) },
        { ...axis, size: 62, ...(logarithmic ? { splits: (_: uPlot, __: number, low: number, high: number) => powers(low, high) } : {}), values: (_, marks) => marks.map((mark) => (mark === null ? '' : words(mark))) },
      ],
      series: [{ label: 'at', value: (_, v) => (v === null ? '\u2013' : `${(+v).toFixed(3)} s`) }, ...lines.map((line) => ({ ...line, value: (_: uPlot, v: number | null) => (v === null || v === undefined ? '\u2013' : words(v)) }))],
      hooks: { drawClear: [(plot) => this.drawBehind(plot, colours)], setSelect: [(plot) => this.chosen(plot)] },
    };
    return new uPlot(options, [[], ...lines.map(() => [])] as uPlot.AlignedData, into);
  }

  private chosen(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    this.model.look(plot.posToVal(left, 'x') * 1e6, plot.posToVal(left + width, 'x') * 1e6);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private drawBehind(plot: uPlot, colours: Palette): void {
    const { ctx, bbox } = plot;
    const stretch = (from: number, to: number): void => {
      const x = Math.max(plot.valToPos(from / 1e6, 'x', true), bbox.left);
      const end = Math.min(plot.valToPos(to / 1e6, 'x', true), bbox.left + bbox.width);
      if (end > x) ctx.fillRect(x, bbox.top, Math.max(end - x, 1), bbox.height);
    };
    ctx.save();
    for (const fault of this.model.meta.faults) {
      ctx.globalAlpha = colours.band;
      ctx.fillStyle = colours.faults[fault.kind % colours.faults.length];
      stretch(fault.from, fault.to ?? this.model.ops.until);
    }
    ctx.globalAlpha = 0.9;
    ctx.fillStyle = colours.bad;
    for (const [from, to] of this.model.meta.outages) {
      const x = Math.max(plot.valToPos(from / 1e6, 'x', true), bbox.left);
      const end = Math.min(plot.valToPos(to / 1e6, 'x', true), bbox.left + bbox.width);
      if (end > x) ctx.fillRect(x, bbox.top + bbox.height - 4, Math.max(end - x, 2), 4);
    }
    ctx.restore();
  }

  // Shows what is in view, in parts as fine as there are operations.
  private follow(): void {
    const { model } = this;
    const whole = model.to - model.from > 0.999 * model.ops.until;
    this.bins = whole ? model.meta.bins : this.count() ?? model.meta.bins;
    const x = this.bins.map((bin) => (bin[0] + bin[1]) / 2e6);
    const seconds = this.bins.map((bin) => Math.max(bin[1] - bin[0], 1) / 1e6);
    const percentile = (column: number): (number | null)[] => this.bins.map((bin) => (bin[2] > 0 && bin[column] > 0 ? bin[column] : null));
    const perSecond = (column: number): number[] => this.bins.map((bin, i) => bin[column] / seconds[i]);
    const refused = this.refused();
    const all = this.bins.map((bin) => bin[2] + bin[3] + bin[4]);
    const data: uPlot.AlignedData[] = [
      [x, percentile(5), percentile(6), percentile(7), percentile(8)],
      [x, perSecond(2), refused.map((n, i) => n / seconds[i]), this.bins.map((bin, i) => (bin[3] - refused[i]) / seconds[i]), perSecond(4)],
      [x, this.bins.map((bin, i) => (all[i] > 0 ? (100 * (bin[2] + refused[i])) / all[i] : null))],
    ];
    this.plots.forEach((plot, i) => {
      plot.batch(() => {
        plot.setData(data[i], true);
        plot.setScale('x', { min: model.from / 1e6, max: model.to / 1e6 });
      });
    });
    this.drawHeat();
  }

  private eachInView(each: (i: number) => void): void {
    const { ops, from, to } = this.model;
    for (let lane = 0; lane + 1 < ops.first.length; ++lane) {
      const last = ops.first[lane + 1];
      for (let i = firstEndingAfter(ops, ops.first[lane], last, from); i < last && ops.end[i] <= to; ++i) each(i);
    }
  }

  // Of each bin, how many were refused: compare-and-sets that found another value. They count as
  // failed, but were answered.
  private refused(): number[] {
    const { bins, model: { ops } } = this;
    const counts = bins.map(() => 0);
    if (bins.length === 0) return counts;
    const from = bins[0][0], width = bins[0][1] - from;
    for (let i = 0; i < ops.count; ++i)
      if (ops.outcome[i] === REFUSED) {
        const part = Math.floor((ops.end[i] - from) / width);
        if (part >= 0 && part <= bins.length) ++counts[Math.min(part, bins.length - 1)];
      }
    return counts.map((count, i) => Math.min(count, bins[i][3]));
  }

  // The same numbers as reports/performance.cpp has for the whole run; null: too many to count.
  private count(): Bin[] | null {
    const { ops, from, to } = this.model;
    const width = (to - from) / parts;
    const bins: Bin[] = Array.from({ length: parts }, (_, k) => [from + k * width, from + (k + 1) * width, 0, 0, 0, 0, 0, 0, 0]);
    const latencies: number[][] = bins.map(() => []);
    let total = 0;
    this.eachInView((i) => {
      if (++total > mostCounted) return;
      const part = Math.min(parts - 1, Math.floor((ops.end[i] - from) / width));
      const outcome = ops.outcome[i];
      ++bins[part][outcome === OK ? 2 : outcome === INFO ? 4 : 3];
      if (outcome === OK) latencies[part].push(ops.end[i] - ops.start[i]);
    });
    if (total > mostCounted) return null;
    latencies.forEach((list, k) => {
      if (list.length === 0) return;
      const sorted = Float64Array.from(list).sort();
      [0.5, 0.95, 0.99, 1].forEach((share, p) => (bins[k][5 + p] = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]));
    });
    return bins;
  }

  // Time by logarithm of latency; the darker, the more operations.
  private drawHeat(): void {
    const { ops, from, to } = this.model;
    const width = Math.max(this.heat.parentElement?.clientWidth ?? 0, 280);
    const left = 62, bottom = 26, cell = 3, top = 10;
    const columns = Math.floor((width - left - 8) / cell), rows = Math.floor((height - bottom - top) / cell);
    const counts = new Float32Array(columns * rows);
    let low = Infinity, high = 1;
    this.eachInView((i) => {
      if (ops.outcome[i] !== OK) return;
      const took = Math.max(ops.end[i] - ops.start[i], 1);
      if (took < low) low = took;
      if (took > high) high = took;
    });
    const floor = Math.floor(Math.log10(Math.min(low, high))), span = Math.max(Math.ceil(Math.log10(high)) - floor, 1);
    this.eachInView((i) => {
      if (ops.outcome[i] !== OK) return;
      const column = Math.min(columns - 1, Math.floor(((ops.end[i] - from) / (to - from)) * columns));
      const row = Math.min(rows - 1, Math.floor(((Math.log10(Math.max(ops.end[i] - ops.start[i], 1)) - floor) / span) * rows));
      ++counts[row * columns + column];
    });
    const colours = palette();
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    this.heat.width = width * scale;
    this.heat.height = height * scale;
    this.heat.style.width = `${width}px`;
    this.heat.style.height = `${height}px`;
    const context = this.heat.getContext('2d');
    if (!context) return;
    context.scale(scale, scale);
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'middle';
    const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 1));
    const shades = Array.from({ length: 32 }, (_, k) => mix(colours.heat, (k + 1) / 32));
    for (let row = 0; row < rows; ++row)
      for (let column = 0; column < columns; ++column) {
        const count = counts[row * columns + column];
        if (count === 0) continue;
        context.fillStyle = shades[Math.min(31, Math.floor((Math.log1p(count) / most) * 31.99))];
        context.fillRect(left + column * cell, top + (rows - 1 - row) * cell, cell, cell);
      }
    context.textAlign = 'right';
    for (let power = floor; power <= floor + span && low < Infinity; ++power) {
      const y = top + rows * cell * (1 - (power - floor) / span);
      context.fillStyle = colours.rule;
      context.fillRect(left, y, columns * cell, 1);
      context.fillStyle = colours.muted;
      context.fillText(duration(10 ** power), left - 8, y);
    }
    this.heatFaults(context, colours, left, top, columns * cell, rows * cell);
  }

  private heatFaults(context: CanvasRenderingContext2D, colours: Palette, left: number, top: number, width: number, tall: number): void {
    const { from, to, ops } = this.model;
    const x = (time: number): number => left + (Math.min(Math.max(time - from, 0), to - from) / (to - from)) * width;
    context.globalAlpha = colours.band;
    for (const fault of this.model.meta.faults) {
      context.fillStyle = colours.faults[fault.kind % colours.faults.length];
      context.fillRect(x(fault.from), top, x(fault.to ?? ops.until) - x(fault.from), tall);
    }
    context.globalAlpha = 1;
    context.fillStyle = colours.muted;
    context.textAlign = 'left';
    context.fillText(`${+(from / 1e6).toFixed(3)} s`, left, top + tall + 14);
    context.textAlign = 'right';
    context.fillText(`${+(to / 1e6).toFixed(3)} s`, left + width, top + tall + 14);
  }
}

function figure(title: string): HTMLElement {
  return el('figure', { class: 'chart' }, el('h3', {}, title));
}

// Of ten, from `low` to `high`.
function powers(low: number, high: number): number[] {
  const out: number[] = [];
  for (let p = Math.ceil(Math.log10(low) - 1e-9); p <= Math.log10(high) + 1e-9; ++p) out.push(10 ** p);
  return out;
}

function series(label: string, stroke: string, dash?: number[]): uPlot.Series {
  return { label, stroke, width: 1.5, points: { show: false }, ...(dash ? { dash } : {}) };
}

function mix([from, to]: [string, string], share: number): string {
  const a = pixel(from), b = pixel(to);
  const part = (shift: number): number => Math.round(((a >>> shift) & 255) * (1 - share) + ((b >>> shift) & 255) * share);
  return `rgb(${part(0)},${part(8)},${part(16)})`;
}
