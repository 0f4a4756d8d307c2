import { Histogram, parseHistogram } from '../models/histogram.ts';
import type { RunRow } from '../run.ts';
import { formatSeconds, round } from '../units.ts';

/** How far a load test is, in one line of at most `width` characters. `seconds` and `of` count the load only. */
export function progressLine(
  progress: { seconds: number; of: number; vus: number; iterations: number; row: RunRow },
  width: number,
): string {
  const { seconds, of, vus, iterations, row } = progress;
  const latency = new Histogram(7);
  let failures = 0;
  for (const one of Object.values(row.classes)) {
    latency.merge(parseHistogram(one.latency));
    failures += one.failures;
  }
  const share = of > 0 ? Math.min(1, seconds / of) : 1;
  const bar = `${'━'.repeat(Math.round(share * 20))}${'┄'.repeat(20 - Math.round(share * 20))}`;
  const parts = [
    `${bar} ${formatSeconds(Math.round(seconds))} of ${formatSeconds(Math.round(of))}`,
    `${round(latency.count / row.seconds)} req/s`,
    `p95 ${formatSeconds(latency.quantile(0.95))}`,
    `${vus} VUs`,
    `${round(iterations)} iterations`,
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(row.generator.dropped > 0 ? [`${row.generator.dropped} dropped`] : []),
  ];
  return parts.join('  ').slice(0, width);
}
