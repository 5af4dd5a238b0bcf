// Draws the timeline: axis, faults, nodes, clients.

import { drawnEnd, firstEndingAfter, type Fault } from './data';
import { moment, ticks } from './format';
import type { Model } from './model';
import type { Palette } from './palette';
import { Raster } from './raster';

export let gutter = 112; // Left of the drawing, for names; less in narrow windows.
const axis = 22, faultRow = 18, nodeRow = 20, space = 6;
const fewEnough = 1500; // Operations in view that are drawn one by one, with labels.
const mostLanes = 400;

export interface Layout {
  width: number; height: number;
  faults: number; nodes: number; clients: number; // Where these begin, from the top.
  lane: number; // Height of a client's lane.
  lanes: number;
}

export class Scene {
  layout: Layout = { width: 0, height: 0, faults: 0, nodes: 0, clients: 0, lane: 14, lanes: 0 };
  readonly nodes: string[];
  private readonly raster: Raster;
  private readonly pixels = document.createElement('canvas');
  private image: ImageData | null = null;
  private scale = 1;

  constructor(private readonly model: Model) {
    const { meta } = model;
    this.nodes = [...new Set([...meta.cluster, ...meta.leaders.map((leader) => leader.node)])].slice(0, 40);
    this.layout.lanes = Math.min(meta.lanes.length, mostLanes);
    this.raster = new Raster(model.ops, this.layout.lanes);
    this.raster.prepare(null);
  }

  filtered(): void {
    this.raster.prepare(this.model.matches);
  }

  // Lays out for a window of `width`; returns the height that it takes.
  measure(width: number): number {
    const { meta } = this.model;
    const lanes = this.layout.lanes;
    gutter = width < 600 ? 74 : 112;
    const lane = Math.max(4, Math.min(15, Math.floor(900 / Math.max(lanes, 1))));
    const faults = axis;
    const nodes = faults + meta.kinds.length * faultRow + (meta.kinds.length > 0 ? space : 0);
    const clients = nodes + this.nodes.length * nodeRow + (this.nodes.length > 0 ? space : 0);
    this.layout = { width, height: clients + lanes * lane + 4, faults, nodes, clients, lane, lanes };
    return this.layout.height;
  }

  x(time: number): number {
    const { from, to } = this.model;
    return gutter + ((time - from) / (to - from)) * (this.layout.width - gutter);
  }

  time(x: number): number {
    const { from, to } = this.model;
    return from + ((x - gutter) / (this.layout.width - gutter)) * (to - from);
  }

  private clampX(time: number): number {
    return Math.min(Math.max(this.x(time), gutter), this.layout.width);
  }

  draw(context: CanvasRenderingContext2D, colours: Palette, scale: number): void {
    const { width, height } = this.layout;
    this.scale = scale;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = '12px system-ui, sans-serif';
    context.textBaseline = 'middle';
    this.drawAxis(context, colours);
    this.drawBands(context, colours);
    this.drawFaults(context, colours);
    this.drawNodes(context, colours);
    this.drawClients(context, colours);
    this.drawFailures(context, colours);
    this.drawCursor(context, colours);
  }

  private drawAxis(context: CanvasRenderingContext2D, colours: Palette): void {
    const { from, to } = this.model;
    const { width, height } = this.layout;
    const marks = ticks(from, to, Math.max(2, Math.floor((width - gutter) / 110)));
    context.textAlign = 'left';
    for (const at of marks.values) {
      const x = Math.round(this.x(at)) + 0.5;
      context.fillStyle = colours.rule;
      context.fillRect(x, axis - 6, 1, height - axis + 6);
      if (x > width - 60) continue;
      context.fillStyle = colours.muted;
      context.fillText(moment(at, marks.step * 500), x + 4, axis / 2);
    }
  }

  private eachFault(row: (fault: Fault, x: number, width: number, colour: string) => void, colours: Palette): void {
    for (const fault of this.model.meta.faults) {
      const x = this.clampX(fault.from);
      const end = this.clampX(fault.to ?? this.model.ops.until);
      if (fault.from > this.model.to || (fault.to ?? Infinity) < this.model.from) continue;
      row(fault, x, Math.max(end - x, 1.5), colours.faults[fault.kind % colours.faults.length]);
    }
  }

  private drawBands(context: CanvasRenderingContext2D, colours: Palette): void {
    const { height, nodes } = this.layout;
    context.globalAlpha = colours.band;
    this.eachFault((_, x, width, colour) => {
      context.fillStyle = colour;
      context.fillRect(x, nodes - space / 2, width, height - nodes);
    }, colours);
    context.globalAlpha = 1;
  }

  private name(context: CanvasRenderingContext2D, text: string, y: number, colour: string): void {
    context.textAlign = 'right';
    context.fillStyle = colour;
    context.fillText(text, gutter - 10, y, gutter - 14);
  }

  // A bar with the longest of its labels that fits.
  private bar(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, colour: string, labels: string[], ink = '#ffffff'): void {
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(x, y, width, height, Math.min(3, width / 2));
    context.fill();
    if (width < 20) return;
    for (const label of labels) {
      if (context.measureText(label).width + 10 > width) continue;
      context.textAlign = 'left';
      context.fillStyle = ink;
      context.fillText(label, x + 5, y + height / 2 + 0.5);
      return;
    }
  }

  private drawFaults(context: CanvasRenderingContext2D, colours: Palette): void {
    const { faults } = this.layout;
    this.model.meta.kinds.forEach((kind, row) => this.name(context, kind, faults + row * faultRow + faultRow / 2, colours.muted));
    context.font = '11px system-ui, sans-serif';
    this.eachFault((fault, x, width, colour) => {
      const kind = this.model.meta.kinds[fault.kind];
      const what = fault.label.startsWith(`${kind} `) ? fault.label.slice(kind.length + 1) : fault.label;
      this.bar(context, x, faults + fault.kind * faultRow + 1, width, faultRow - 4, colour, [fault.does.length > kind.length ? `${fault.does} ${fault.nodes.join(',')}` : what, what, fault.nodes.join(',')]);
    }, colours);
  }

  private drawNodes(context: CanvasRenderingContext2D, colours: Palette): void {
    const { nodes, width } = this.layout;
    context.font = '12px system-ui, sans-serif';
    this.nodes.forEach((node, row) => {
      const y = nodes + row * nodeRow;
      this.name(context, node, y + nodeRow / 2, colours.ink);
      context.fillStyle = colours.rule;
      context.fillRect(gutter, y + nodeRow / 2, width - gutter, 1);
    });
    context.font = '11px system-ui, sans-serif';
    const span = (node: string, from: number, to: number, draw: (x: number, y: number, w: number) => void): void => {
      const row = this.nodes.indexOf(node);
      if (row < 0 || from > this.model.to || to < this.model.from) return;
      const x = this.clampX(from);
      draw(x, nodes + row * nodeRow + 2, Math.max(this.clampX(to) - x, 2));
    };
    for (const leader of this.model.meta.leaders)
      span(leader.node, leader.from, leader.to, (x, y, w) =>
        this.bar(context, x, y, w, nodeRow - 7, colours.leader, [`leads term ${leader.term}`, `term ${leader.term}`, `${leader.term}`]));
    for (const both of this.model.meta.overlaps)
      for (const node of both.nodes)
        span(node, both.from, both.to, (x, y, w) => this.bar(context, x, y, w, nodeRow - 7, colours.split, ['two leaders', '2 leaders']));
    for (const fault of this.model.meta.faults)
      for (const node of fault.nodes)
        span(node, fault.from, fault.to ?? this.model.ops.until, (x, y, w) => this.drawState(context, colours, fault, x, y, w));
  }

  // What a fault made of a node: over its whole lane if it was gone, else a line beneath.
  private drawState(context: CanvasRenderingContext2D, colours: Palette, fault: Fault, x: number, y: number, w: number): void {
    const kind = this.model.meta.kinds[fault.kind];
    const height = nodeRow - 7;
    if (kind === 'kill' || kind === 'power-loss') {
      this.bar(context, x, y, w, height, colours.down, ['\u2715 down', '\u2715'], colours.ground);
    } else if (kind === 'pause') {
      this.bar(context, x, y, w, height, colours.paused, ['\u2016 paused', '\u2016'], colours.ground);
    } else if (kind === 'clock') {
      context.fillStyle = colours.bent;
      context.fillRect(x, y + height + 1, w, 3);
      const label = `clock ${/by=(\S+)|rate=(\S+)/.exec(fault.does)?.slice(1).find(Boolean) ?? ''}`;
      if (context.measureText(label).width + 10 < w) this.bar(context, x + w - context.measureText(label).width - 10, y, context.measureText(label).width + 10, height, colours.bent, [label], colours.ground);
    } else {
      context.fillStyle = colours.faults[fault.kind % colours.faults.length];
      context.fillRect(x, y + height + 1, w, 3);
    }
  }

  private drawClients(context: CanvasRenderingContext2D, colours: Palette): void {
    const { clients, lane, lanes } = this.layout;
    const { meta, ops } = this.model;
    context.font = `${Math.min(12, Math.max(lane - 2, 8))}px system-ui, sans-serif`;
    let lastNode = -1;
    for (let l = 0; l < lanes; ++l) {
      const node = ops.node[ops.first[l]];
      const every = lane >= 11 ? 1 : Math.ceil(11 / lane);
      if (l % every === 0)
        this.name(context, `${gutter < 100 ? '' : 'client '}${meta.lanes[l][1]}${meta.nodes[node] ? ` \u00b7 ${meta.nodes[node]}` : ''}`, clients + l * lane + lane / 2, colours.muted);
      if (node !== lastNode && l > 0) {
        context.fillStyle = colours.rule;
        context.fillRect(0, clients + l * lane, this.layout.width, 1);
      }
      lastNode = node;
    }
    if (this.inView() < fewEnough) this.drawCalls(context, colours);
    else this.drawShares(context, colours);
  }

  inView(): number {
    const { model } = this;
    let count = 0;
    for (let l = 0; l < this.layout.lanes; ++l) {
      const last = model.ops.first[l + 1];
      const begin = firstEndingAfter(model.ops, model.ops.first[l], last, model.from);
      count += Math.max(0, firstEndingAfter(model.ops, begin, last, model.to) - begin);
    }
    return count;
  }

  private drawShares(context: CanvasRenderingContext2D, colours: Palette): void {
    const { clients, lane, lanes, width } = this.layout;
    const w = Math.max(1, Math.round((width - gutter) * this.scale));
    const h = Math.max(1, Math.round(lane * this.scale));
    if (!this.image || this.image.width !== w || this.image.height !== h * lanes) {
      this.image = new ImageData(w, Math.max(1, h * lanes));
      this.pixels.width = w;
      this.pixels.height = h * lanes;
    }
    this.raster.draw(this.image, this.model, h, Math.max(2, h - Math.round(3 * this.scale)), this.model.matches, colours);
    this.pixels.getContext('2d')?.putImageData(this.image, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.pixels, Math.round(gutter * this.scale), Math.round(clients * this.scale));
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
  }

  // The operations of lane l that are in view.
  eachCall(l: number, each: (i: number, last: number) => void): void {
    const { ops, from, to } = this.model;
    const last = ops.first[l + 1];
    for (let i = firstEndingAfter(ops, ops.first[l], last, from); i < last && ops.start[i] <= to; ++i) each(i, last);
  }

  private drawCalls(context: CanvasRenderingContext2D, colours: Palette): void {
    const { clients, lane, lanes } = this.layout;
    const { ops, matches } = this.model;
    context.font = `${Math.min(11, lane - 3)}px ui-monospace, 'DejaVu Sans Mono', monospace`;
    for (let l = 0; l < lanes; ++l) {
      const y = clients + l * lane + 1;
      this.eachCall(l, (i, last) => {
        const x = this.clampX(ops.start[i]);
        const width = Math.max(this.clampX(drawnEnd(ops, i, last)) - x, 1.5);
        const passes = !matches || matches[i] === 1;
        const bad = this.model.misfits.has(i);
        const colour = !passes ? colours.dim : bad ? colours.bad : colours.outcomes[ops.outcome[i]];
        this.bar(context, x, y, width, lane - 3, colour, width > 24 && passes ? [this.model.call(i)] : [], bad ? colours.onBad : colours.barInk);
        if (ops.outcome[i] === 3) this.drawDoubt(context, colours, i, last, y, lane - 3);
      });
    }
  }

  // Of unknown outcome: it may still take effect, until the end of time.
  private drawDoubt(context: CanvasRenderingContext2D, colours: Palette, i: number, last: number, y: number, height: number): void {
    const { ops } = this.model;
    const end = ops.end[i] === ops.end[i] ? ops.end[i] : ops.start[i];
    const from = this.clampX(end);
    const to = Math.min(this.clampX(i + 1 < last ? ops.start[i + 1] : ops.until), from + 60);
    if (to - from < 2) return;
    const fade = context.createLinearGradient(from, 0, to, 0);
    fade.addColorStop(0, colours.outcomes[3]);
    fade.addColorStop(1, `${colours.outcomes[3]}00`);
    context.fillStyle = fade;
    context.fillRect(from, y + height / 2 - 1.5, to - from, 3);
  }

  private drawFailures(context: CanvasRenderingContext2D, colours: Palette): void {
    const { clients, lane, lanes, height } = this.layout;
    const { model } = this;
    context.strokeStyle = colours.bad;
    for (const failure of model.meta.failures) {
      if (failure.to < model.from || failure.from > model.to) continue;
      const x = Math.round(this.clampX(failure.from)) - 0.5;
      const end = Math.round(this.clampX(failure.to)) + 0.5;
      context.setLineDash([4, 3]);
      if (end - x >= 10) {
        context.strokeRect(x, axis, end - x, height - axis - 2);
      } else {
        context.beginPath();
        context.moveTo((x + end) / 2, axis);
        context.lineTo((x + end) / 2, height - 2);
        context.stroke();
      }
      context.setLineDash([]);
    }
    const outline = (i: number, colour: string, width: number): void => {
      const l = model.lane(i);
      if (l >= lanes) return;
      const x = this.clampX(model.ops.start[i]);
      const w = Math.max(this.clampX(drawnEnd(model.ops, i, model.ops.first[l + 1])) - x, 3);
      if (model.ops.start[i] > model.to || x + w <= gutter) return;
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.strokeRect(x - 1, clients + l * lane, w + 2, lane - 1);
      context.lineWidth = 1;
    };
    for (const i of model.failing) outline(i, colours.bad, 1.5);
    if (model.selected >= 0) outline(model.selected, colours.ink, 2.5);
  }

  private drawCursor(context: CanvasRenderingContext2D, colours: Palette): void {
    const { cursor, from, to } = this.model;
    if (!(cursor >= from && cursor <= to)) return;
    context.fillStyle = colours.link;
    context.fillRect(Math.round(this.x(cursor)), axis - 6, 1, this.layout.height - axis + 6);
  }

  // The operation at a point of the canvas; -1 if there is none within a few pixels.
  at(x: number, y: number): number {
    const { clients, lane, lanes } = this.layout;
    const l = Math.floor((y - clients) / lane);
    if (l < 0 || l >= lanes || x < gutter) return -1;
    let best = -1;
    let nearest = 4;
    this.eachCall(l, (i, last) => {
      const from = this.x(this.model.ops.start[i]);
      const to = this.x(drawnEnd(this.model.ops, i, last));
      const distance = x < from ? from - x : x > to ? x - to : 0;
      if (distance < nearest) {
        nearest = distance;
        best = i;
      }
    });
    return best;
  }

  faultAt(x: number, y: number): Fault | undefined {
    const { faults, nodes } = this.layout;
    if (y < faults || y >= nodes) return undefined;
    const row = Math.floor((y - faults) / faultRow);
    const time = this.time(x);
    const slack = this.time(x + 2) - time;
    return this.model.meta.faults.find((fault) => fault.kind === row && fault.from - slack <= time && (fault.to ?? Infinity) + slack >= time);
  }
}
