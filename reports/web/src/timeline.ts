// The timeline on the page: its canvas, the overview above it, mouse and keys.

import { button, el } from './dom';
import { duration, moment } from './format';
import type { Model } from './model';
import { onPaletteChange, palette } from './palette';
import { Scene, gutter } from './scene';
import { describe } from './details';

export class Timeline {
  readonly element: HTMLElement;
  readonly scene: Scene;
  readonly frames: number[] = []; // How long the last frames took to make, for whoever measures.
  private readonly canvas = el('canvas', { 'aria-hidden': 'true' });
  private readonly overview = el('canvas', { 'aria-hidden': 'true', class: 'overview' });
  private readonly tip = el('div', { class: 'tip', 'aria-hidden': 'true' });
  private readonly stage: HTMLElement;
  private waiting = false;
  private drag: { x: number; from: number; to: number; box: boolean; moved: boolean } | null = null;
  private box: [number, number] | null = null;
  private readonly fingers = new Map<number, number>(); // Where each pointer is that is down.

  constructor(private readonly model: Model) {
    this.scene = new Scene(model);
    this.stage = el('div', {
      class: 'stage', tabindex: 0, role: 'application',
      'aria-label': 'Timeline of all operations. Arrows walk from operation to operation, plus and minus zoom, a and d pan, 0 shows the whole run, e goes to the next counterexample, brackets to the next fault.',
    }, this.canvas, this.tip);
    this.element = el('div', { class: 'timeline screen-only' }, this.toolbar(), this.overview, this.stage);
    model.listen((change) => {
      if (change === 'filter') this.scene.filtered();
      this.redraw();
    });
    onPaletteChange(() => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(this.element);
    this.listen();
  }

  private toolbar(): HTMLElement {
    const { model } = this;
    const bar = el('div', { class: 'toolbar', role: 'group', 'aria-label': 'View' });
    if (model.meta.failures.length > 0) bar.append(button('\u2717 Next counterexample', 'Key e', () => this.nextFailure()));
    bar.append(button('Whole run', 'Key 0', () => model.whole()));
    bar.append(button('+', 'Zoom in, key +', () => model.zoom(0.5)), button('\u2212', 'Zoom out, key -', () => model.zoom(2)));
    bar.append(button('\u2190', 'Earlier, key a', () => model.pan(-0.5)), button('\u2192', 'Later, key d', () => model.pan(0.5)));
    if (model.meta.faults.length > 0) bar.append(button('Previous fault', 'Key [', () => this.nextFault(-1)), button('Next fault', 'Key ]', () => this.nextFault(1)));
    bar.append(el('span', { class: 'hint' }, 'Drag to pan, Shift + drag to zoom into a stretch, Ctrl + wheel to zoom.'));
    return bar;
  }

  nextFailure(): void {
    const { failures } = this.model.meta;
    if (failures.length === 0) return;
    const middle = (this.model.from + this.model.to) / 2;
    const near = (this.model.to - this.model.from) * 1e-6 + 1;
    const sorted = [...failures].sort((a, b) => a.from + a.to - b.from - b.to);
    const whole = this.model.from <= 0 && this.model.to >= this.model.ops.until;
    const next = whole ? failures[0] : sorted.find((one) => (one.from + one.to) / 2 > middle + near) ?? sorted[0];
    this.show(next.from, next.to);
    if (next.misfits.length > 0) this.model.select(next.misfits[next.misfits.length - 1]);
  }

  // A stretch, with something around it.
  show(from: number, to: number): void {
    const around = Math.max((to - from) * 0.4, 1000);
    this.model.look(from - around, to + around);
  }

  private nextFault(direction: number): void {
    const middle = (this.model.from + this.model.to) / 2;
    const sorted = [...this.model.meta.faults].sort((a, b) => a.from - b.from);
    const centre = (fault: { from: number; to: number | null }): number => (fault.from + (fault.to ?? this.model.ops.until)) / 2;
    const near = (this.model.to - this.model.from) * 1e-6 + 1;
    const next = direction > 0 ? sorted.find((fault) => centre(fault) > middle + near) : sorted.reverse().find((fault) => centre(fault) < middle - near);
    if (next) this.show(next.from, next.to ?? this.model.ops.until);
  }

  redraw(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const began = performance.now();
      this.draw();
      this.frames.push(performance.now() - began);
      if (this.frames.length > 1000) this.frames.shift();
    });
  }

  private draw(): void {
    const width = Math.floor(this.element.clientWidth);
    if (width < 50) return;
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    const height = this.scene.measure(width);
    const context = fit(this.canvas, width, height, scale);
    if (!context) return;
    const colours = palette();
    this.scene.draw(context, colours, scale);
    if (this.box) {
      context.fillStyle = colours.link;
      context.globalAlpha = 0.2;
      context.fillRect(Math.min(...this.box), 0, Math.abs(this.box[1] - this.box[0]), height);
      context.globalAlpha = 1;
    }
    this.drawOverview(width, scale);
    this.loadLabels();
  }

  // The rate of the whole run, and what part of it is in view.
  private drawOverview(width: number, scale: number): void {
    const { model } = this;
    const height = 34;
    const context = fit(this.overview, width, height, scale);
    if (!context) return;
    const colours = palette();
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (time: number): number => gutter + (time / model.ops.until) * (width - gutter);
    context.globalAlpha = colours.band * 2;
    for (const fault of model.meta.faults) {
      context.fillStyle = colours.faults[fault.kind % colours.faults.length];
      context.fillRect(x(fault.from), 0, Math.max(x(fault.to ?? model.ops.until) - x(fault.from), 1), height);
    }
    context.globalAlpha = 1;
    const most = Math.max(1, ...model.meta.bins.map((bin) => bin[2] + bin[3] + bin[4]));
    for (const bin of model.meta.bins) {
      let y = height;
      [bin[2], bin[3], bin[4]].forEach((count, k) => {
        const h = (count / most) * (height - 4);
        context.fillStyle = colours.outcomes[[0, 2, 3][k]];
        context.fillRect(x(bin[0]), y - h, Math.max(x(bin[1]) - x(bin[0]) - 0.5, 1), h);
        y -= h;
      });
    }
    context.fillStyle = colours.bad;
    for (const failure of model.meta.failures) context.fillRect(x((failure.from + failure.to) / 2) - 1, 0, 2, height);
    context.strokeStyle = colours.ink;
    context.lineWidth = 1.5;
    const left = x(model.from);
    context.strokeRect(left, 1, Math.max(x(model.to) - left, 3), height - 2);
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.font = '12px system-ui, sans-serif';
    context.fillStyle = colours.muted;
    context.fillText(gutter < 100 ? 'run' : 'whole run', gutter - 10, height / 2);
  }

  // The values of the calls that are drawn one by one.
  private loadLabels(): void {
    const { scene, model } = this;
    if (scene.inView() >= 300) return;
    if (!model.names.ready) {
      void model.names.prepare().then(() => this.redraw());
      return;
    }
    const missing: number[] = [];
    for (let l = 0; l < scene.layout.lanes; ++l)
      scene.eachCall(l, (i) => {
        if (model.names.value(i) === undefined) missing.push(i);
      });
    if (missing.length === 0) return;
    void Promise.all(missing.map((i) => model.names.load(i))).then(() => {
      if (missing.some((i) => model.names.value(i) !== undefined)) this.redraw();
    });
  }

  private listen(): void {
    const { stage, overview, model } = this;
    stage.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    stage.addEventListener('pointerdown', (event) => this.grab(event));
    stage.addEventListener('pointermove', (event) => this.move(event));
    stage.addEventListener('pointerup', (event) => this.release(event));
    stage.addEventListener('pointercancel', (event) => {
      this.fingers.delete(event.pointerId);
      this.letGo();
    });
    stage.addEventListener('pointerleave', () => this.hideTip());
    stage.addEventListener('dblclick', (event) => model.zoom(0.4, this.scene.time(event.offsetX)));
    stage.addEventListener('keydown', (event) => this.key(event));
    const jump = (event: PointerEvent): void => {
      if (event.buttons !== 1) return;
      const at = ((event.offsetX - gutter) / (overview.clientWidth - gutter)) * model.ops.until;
      const half = (model.to - model.from) / 2;
      model.look(at - half, at + half);
    };
    overview.addEventListener('pointerdown', jump);
    overview.addEventListener('pointermove', jump);
  }

  private wheel(event: WheelEvent): void {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      event.preventDefault();
      this.model.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 200))), this.scene.time(event.offsetX));
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      this.model.pan(sideways / Math.max(this.canvas.clientWidth - gutter, 1));
    }
  }

  private grab(event: PointerEvent): void {
    if (event.button !== 0 || event.offsetX < gutter) return;
    this.fingers.set(event.pointerId, event.offsetX);
    this.drag = this.fingers.size > 1 ? null : { x: event.offsetX, from: this.model.from, to: this.model.to, box: event.shiftKey, moved: false };
    this.stage.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    const { drag, model } = this;
    if (this.fingers.size === 2 && this.fingers.has(event.pointerId)) {
      this.pinch(event);
      return;
    }
    if (!drag) {
      this.hover(event);
      return;
    }
    const distance = event.offsetX - drag.x;
    if (!drag.moved && Math.abs(distance) < 4) return;
    drag.moved = true;
    this.hideTip();
    if (drag.box) {
      this.box = [drag.x, event.offsetX];
      this.redraw();
      return;
    }
    const by = (distance / Math.max(this.canvas.clientWidth - gutter, 1)) * (drag.to - drag.from);
    model.look(drag.from - by, drag.to - by);
  }

  // Two fingers: what was between them stays between them.
  private pinch(event: PointerEvent): void {
    const { model, fingers } = this;
    const before = [...fingers.values()].map((x) => this.scene.time(x));
    fingers.set(event.pointerId, event.offsetX);
    const after = [...fingers.values()].map((x) => this.scene.time(x));
    if (Math.abs(after[0] - after[1]) < 1) return;
    const factor = Math.min(Math.max((before[0] - before[1]) / (after[0] - after[1]), 0.2), 5);
    const centre = (before[0] + before[1]) / 2;
    const moved = centre - (after[0] + after[1]) / 2;
    model.look(centre - (centre - model.from - moved) * factor, centre + (model.to + moved - centre) * factor);
  }

  private release(event: PointerEvent): void {
    const { drag, box, model } = this;
    this.fingers.delete(event.pointerId);
    this.letGo();
    if (!drag) return;
    if (box) {
      const times = box.map((x) => this.scene.time(Math.max(x, gutter))).sort((a, b) => a - b);
      model.look(times[0], times[1]);
    } else if (!drag.moved) {
      model.point(this.scene.time(event.offsetX));
      model.select(this.scene.at(event.offsetX, event.offsetY));
    }
  }

  private letGo(): void {
    this.drag = null;
    this.box = null;
    this.redraw();
  }

  private hover(event: PointerEvent): void {
    const { scene, model, tip } = this;
    const i = scene.at(event.offsetX, event.offsetY);
    const fault = scene.faultAt(event.offsetX, event.offsetY);
    if (i < 0 && !fault) {
      this.hideTip();
      return;
    }
    const lines = i >= 0 ? describe(model, i) : [fault?.label ?? '', fault?.does ?? '', fault ? `from ${moment(fault.from)}, ${fault.to === null ? 'never healed' : `for ${duration(fault.to - fault.from)}`}` : ''];
    tip.replaceChildren(...lines.filter((line) => line !== '').map((line) => el('div', {}, line)));
    tip.style.display = 'block';
    const left = Math.min(event.offsetX + 14, this.stage.clientWidth - tip.offsetWidth - 4);
    tip.style.left = `${Math.max(left, 0)}px`;
    tip.style.top = `${event.offsetY + 18}px`;
    if (i >= 0 && model.names.value(i) === undefined) void model.names.load(i);
  }

  private hideTip(): void {
    this.tip.style.display = 'none';
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { model } = this;
    const actions: Record<string, () => void> = {
      '+': () => model.zoom(0.5), '=': () => model.zoom(0.5), '-': () => model.zoom(2), '0': () => model.whole(),
      a: () => model.pan(-0.25), d: () => model.pan(0.25), w: () => model.zoom(0.5), s: () => model.zoom(2),
      e: () => this.nextFailure(), '[': () => this.nextFault(-1), ']': () => this.nextFault(1),
      ArrowRight: () => this.walk(1), ArrowLeft: () => this.walk(-1), ArrowDown: () => this.walkLane(1), ArrowUp: () => this.walkLane(-1),
      Escape: () => model.select(-1),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  // To the next operation of the lane that the filter lets through.
  private walk(step: number): void {
    const { model } = this;
    if (model.selected < 0) {
      this.walkLane(0);
      return;
    }
    const lane = model.lane(model.selected);
    for (let i = model.selected + step; i >= model.ops.first[lane] && i < model.ops.first[lane + 1]; i += step)
      if (!model.matches || model.matches[i] === 1) {
        model.select(i);
        return;
      }
  }

  private walkLane(step: number): void {
    const { model } = this;
    const now = model.selected < 0 ? 0 : model.lane(model.selected) + step;
    const lane = Math.min(Math.max(now, 0), model.meta.lanes.length - 1);
    const near = model.selected < 0 ? model.from : model.ops.start[model.selected];
    for (let i = model.ops.first[lane]; i < model.ops.first[lane + 1]; ++i)
      if (model.ops.start[i] >= near && (!model.matches || model.matches[i] === 1)) {
        model.select(i);
        return;
      }
  }
}

// Gives a canvas that size on the page, and pixels to match.
function fit(canvas: HTMLCanvasElement, width: number, height: number, scale: number): CanvasRenderingContext2D | null {
  const w = Math.round(width * scale);
  const h = Math.round(height * scale);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  return canvas.getContext('2d');
}
