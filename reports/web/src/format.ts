// Numbers for people, as the rest of the page writes them. Times are microseconds.

export function grouped(number: number): string {
  return Math.round(number).toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

export function duration(us: number): string {
  if (us < 1000) return `${Math.round(us)} us`;
  if (us < 1e6) return `${trim(us / 1000)} ms`;
  return `${trim(us / 1e6)} s`;
}

function trim(number: number): string {
  return number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2);
}

// A moment of the run, as precise as a view of `width` microseconds asks for.
export function moment(us: number, width = 1e6): string {
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(width / 1e6 / 500))));
  return `${(us / 1e6).toFixed(digits)} s`;
}

// Round numbers from `from` to `to`, about `count` of them.
export function ticks(from: number, to: number, count: number): { step: number; values: number[] } {
  const rough = (to - from) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
  const values: number[] = [];
  for (let v = Math.ceil(from / step) * step; v <= to + step * 1e-9; v += step) values.push(v);
  return { step, values };
}
