import { parseHistogram } from '../../models/histogram.ts';
import { type SloBreak, type Span, sloBreak } from '../../models/slo-break.ts';
import type { Run, RunRow } from '../../run.ts';
import { requestsIn } from '../rows.ts';
import type { Slo } from '../types.ts';

/** Seconds of rows that are judged together: long enough for a rate, short enough that the load is the same. */
const SPAN = 5;

/**
 * The rate, of all requests together, at which the runs themselves broke `slo` for the class `name`. Undefined when
 * they hold no whole span with requests of that class.
 */
export function measuredBreak(
  runs: readonly Run[],
  name: string,
  slo: Slo,
  seed: number,
): SloBreak | undefined {
  const spans = runs.flatMap((run) => spansOf(run, name, slo.seconds));
  return spans.length === 0 ? undefined : sloBreak(spans, 1 - slo.quantile, seed);
}

function spansOf({ rows }: Run, name: string, within: number): Span[] {
  const spans: Span[] = [];
  for (let i = 0; i + SPAN <= rows.length; i += SPAN) {
    const part = rows.slice(i, i + SPAN);
    const requests = part.reduce((sum, row) => sum + (row.classes[name]?.count ?? 0), 0);
    const late = part.reduce((sum, row) => sum + lateIn(row, name, within), 0);
    if (requests > 0) spans.push({ rate: arrivals(part, rows[i - 1]), requests, late });
  }
  return spans;
}

/**
 * Requests that began per second: under overload fewer end than begin. What was in flight before the first row is
 * known only where a row comes before it.
 */
function arrivals(part: readonly RunRow[], before: RunRow | undefined): number {
  const seconds = part.reduce((sum, row) => sum + row.seconds, 0);
  const ended = part.reduce((sum, row) => sum + requestsIn(row), 0);
  const grown = (part.at(-1)?.generator.inFlight ?? 0) - (before?.generator.inFlight ?? 0);
  return Math.max(0, ended + grown) / seconds;
}

/** A failure misses the target however soon it came. */
function lateIn(row: RunRow, name: string, within: number): number {
  const own = row.classes[name];
  if (own === undefined) return 0;
  const slow = own.count - parseHistogram(own.latency).countAtMost(within);
  return Math.min(own.count, slow + own.failures);
}

/** The targets that the script's own thresholds on `http_req_duration` state, such as `p(95)<250` in milliseconds. */
export function thresholdSlos(runs: readonly Run[]): Slo[] {
  const found = runs.flatMap((run) => run.end?.thresholds ?? []);
  const slos = found.flatMap(({ metric, expression }): Slo[] => {
    const match = /^p\((\d+(?:\.\d+)?)\)\s*<=?\s*(\d+(?:\.\d+)?)$/.exec(expression.trim());
    const quantile = Number(match?.[1]) / 100;
    if (metric !== 'http_req_duration' || !match || !(quantile > 0 && quantile < 1)) return [];
    return [{ quantile, seconds: Number(match[2]) / 1000 }];
  });
  const distinct = new Map(slos.map((slo) => [`${slo.quantile} ${slo.seconds}`, slo]));
  return [...distinct.values()];
}
