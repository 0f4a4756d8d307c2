import { formatRate, formatSeconds, round } from '../units.ts';
import { fitting } from './fitting.ts';

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

/**
 * How far a load test is and how its last second was, in one line of at most `width` characters; without rate and
 * latency where another line tells them.
 */
export function progressLine(progress: Progress, width: number, toldElsewhere = false): string {
  const { seconds, of, vus, iterations, rate, p95, failures, dropped } = progress;
  const done = Math.round((of > 0 ? Math.min(1, seconds / of) : 1) * BAR);
  const bar = `${'━'.repeat(done)}${'┄'.repeat(BAR - done)}`;
  const figures = [
    { text: formatRate(rate), weight: 4 },
    { text: `p95 ${formatSeconds(p95)}`, weight: 3 },
  ];
  const parts = [
    { text: `${bar} ${formatSeconds(Math.round(seconds))} of ${formatSeconds(Math.round(of))}`, weight: 7 },
    ...(toldElsewhere ? [] : figures),
    { text: `${vus} VUs busy`, weight: 2 },
    { text: `${round(iterations)} iterations`, weight: 1 },
    ...(failures > 0 ? [{ text: `${failures} failed`, weight: 6 }] : []),
    ...(dropped > 0 ? [{ text: `${dropped} dropped`, weight: 5 }] : []),
  ];
  return fitting(parts, width);
}
