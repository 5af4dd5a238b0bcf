// The colours of what is drawn on canvas; the style sheet has the same for the rest.

export interface Palette {
  ground: string; ink: string; muted: string; rule: string; card: string; link: string;
  outcomes: [ok: string, refused: string, fail: string, info: string];
  dim: string; idle: string; bad: string; onBad: string; barInk: string;
  leader: string; split: string; down: string; paused: string; bent: string; hit: string;
  faults: string[]; band: number; lines: { p50: string; p95: string; p99: string; max: string; ok: string; fail: string; info: string };
  heat: [string, string];
}

const light: Palette = {
  ground: '#ffffff', ink: '#1d2329', muted: '#57606a', rule: '#e1e4e8', card: '#f6f7f9', link: '#1f5aa6',
  outcomes: ['#8dbcf5', '#c3cbd6', '#dd6f9e', '#eda62b'],
  dim: '#e6e8ec', idle: '#00000000', bad: '#b3261e', onBad: '#ffffff', barInk: '#101418',
  leader: '#7a5bc7', split: '#b3261e', down: '#3b434c', paused: '#8a95a1', bent: '#00695c', hit: '#9a6a3a',
  faults: ['#b35900', '#a3123f', '#5b3aa8', '#00695c', '#4d6b00', '#1f5aa6'], band: 0.1,
  lines: { p50: '#1f5aa6', p95: '#8a5a00', p99: '#b3261e', max: '#6e7781', ok: '#2f6fc4', fail: '#b4406f', info: '#a86400' },
  heat: ['#cfe3fb', '#0b3b78'],
};

const dark: Palette = {
  ...light,
  ground: '#14171b', ink: '#e4e7eb', muted: '#9aa4b0', rule: '#30363e', card: '#1b1f25', link: '#83b4f5',
  outcomes: ['#3f78bd', '#4d5662', '#b9527f', '#c98716'],
  dim: '#262b32', bad: '#ff6f63', onBad: '#14171b', barInk: '#ffffff',
  leader: '#7a5bc7', split: '#c8382f', down: '#c3cad2', paused: '#77828e', bent: '#2a9d8c', hit: '#b98a5a',
  faults: ['#b35900', '#b3305a', '#6b4bbb', '#0b7a6c', '#5f7d14', '#2f6db8'], band: 0.22,
  lines: { p50: '#83b4f5', p95: '#e8b84a', p99: '#ff8a80', max: '#9aa4b0', ok: '#83b4f5', fail: '#ec93b8', info: '#e8b84a' },
  heat: ['#1c3350', '#9cc6ff'],
};

const query = window.matchMedia('(prefers-color-scheme: dark)');

export function palette(): Palette {
  return query.matches ? dark : light;
}

export function onPaletteChange(redraw: () => void): void {
  query.addEventListener('change', redraw);
}

// As a canvas keeps pixels: 0xAABBGGRR.
export function pixel(colour: string): number {
  const part = (at: number): number => parseInt(colour.slice(at, at + 2), 16);
  return (0xff000000 | (part(5) << 16) | (part(3) << 8) | part(1)) >>> 0;
}
