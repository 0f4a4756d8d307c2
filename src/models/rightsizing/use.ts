/**
 * What containers used, on one grid of times: value i is that of `from + i * step`, NaN where nothing was recorded.
 * Cores and bytes; seconds since 1970.
 */
export type Grid = { readonly from: number; readonly step: number; readonly steps: number };

/** One container of one pod: CPU as the mean of each step, memory as the most in each. */
export type PodUse = { readonly pod: string; readonly cpu: Float64Array; readonly memory: Float64Array };

/** A container that was ended because its memory reached `limit` (null where none is known). */
export type OomKill = { readonly pod: string; readonly time: number; readonly limit: number | null };

export const DAY = 86_400;

/** Bytes above the limit that was reached, or this share, whichever is more: the vertical pod autoscaler's rule. */
const OOM_SHARE = 1.2;
const OOM_BYTES = 100 * 2 ** 20;

/** What a container would have used that was ended at `bytes`: nobody saw it, so this is the next guess. */
export function afterOom(bytes: number): number {
  return Math.max(bytes * OOM_SHARE, bytes + OOM_BYTES);
}

/** What was recorded, without the gaps. */
export function recorded(values: Float64Array): Float64Array {
  return values.filter((value) => !Number.isNaN(value));
}

/** The largest of each pod on each day, days counted from the start of the grid; a day without any is an empty row. */
export function dayPeaks(
  { from, step, steps }: Grid,
  pods: readonly { readonly pod: string; readonly values: Float64Array }[],
  ooms: readonly OomKill[] = [],
): number[][] {
  const days: number[][] = Array.from({ length: daysOf({ from, step, steps }) }, () => []);
  const perDay = DAY / step;
  for (const { pod, values } of pods) {
    const killed = ooms.filter((oom) => oom.pod === pod);
    days.forEach((peaks, day) => {
      let peak = Number.NaN;
      const end = Math.min(steps, Math.ceil((day + 1) * perDay));
      for (let i = Math.ceil(day * perDay); i < end; i++) {
        const value = values[i] as number;
        if (value > peak || (Number.isNaN(peak) && !Number.isNaN(value))) peak = value;
      }
      const limits = killed
        .filter(({ time }) => Math.floor((time - from) / DAY) === day)
        .map(({ limit }) => afterOom(limit ?? (Number.isNaN(peak) ? 0 : peak)));
      if (limits.length > 0) peak = Math.max(Number.isNaN(peak) ? 0 : peak, ...limits);
      if (!Number.isNaN(peak)) peaks.push(peak);
    });
  }
  return days;
}

export function daysOf({ step, steps }: Grid): number {
  return Math.max(1, Math.ceil((steps * step) / DAY - 1e-9));
}

/** Seconds from the first step with a value to the last, of any pod, and how many values there are. */
export function extentOf({ step }: Grid, series: readonly Float64Array[]): { span: number; points: number } {
  let [first, last, points] = [Number.POSITIVE_INFINITY, -1, 0];
  for (const values of series) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i] as number)) continue;
      points++;
      if (i < first) first = i;
      if (i > last) last = i;
    }
  }
  return { span: points === 0 ? 0 : (last - first) * step, points };
}
