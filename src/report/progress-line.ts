import { formatRate, formatSeconds, round } from '../units.ts';

type Progress = {
  seconds: number;
  of: number;
  vus: number;
  iterations: number;
  rate: number;
  p95: number;
  failures: number;
  dropped: number;
};

const BAR = 20;

/** How far a load test is and how its last second was, in one line of at most `width` characters. */
export function progressLine(progress: Progress, width: number): string {
  const { seconds, of, vus, iterations, rate, p95, failures, dropped } = progress;
  const done = Math.round((of > 0 ? Math.min(1, seconds / of) : 1) * BAR);
  const parts = [
    `${'━'.repeat(done)}${'┄'.repeat(BAR - done)} ${formatSeconds(Math.round(seconds))} of ${formatSeconds(Math.round(of))}`,
    formatRate(rate),
    `p95 ${formatSeconds(p95)}`,
    `${vus} VUs busy`,
    `${round(iterations)} iterations`,
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(dropped > 0 ? [`${dropped} dropped`] : []),
  ];
  return parts.join('  ').slice(0, width);
}
