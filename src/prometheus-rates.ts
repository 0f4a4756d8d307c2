import { type PrometheusServer, queryRange } from './collect/prometheus-api.ts';
import { FxscaleError, messageOf } from './errors.ts';
import type { HistoryPoint } from './models/traffic/history.ts';

/**
 * What `promql` was from `from` to `to`, seconds since 1970, every `step` seconds; several series at one time are one
 * load. Throws UNREACHABLE, with `option` before it, when Prometheus does not answer, or not with that.
 */
export async function readRates(
  server: PrometheusServer,
  promql: string,
  { from, to, step }: { from: number; to: number; step: number },
  option: string,
): Promise<HistoryPoint[]> {
  try {
    const { series } = await queryRange(server, promql, new Date(from * 1000), new Date(to * 1000), step);
    const sums = new Map<number, number>();
    for (const { points } of series)
      for (const { t, value } of points) sums.set(t, (sums.get(t) ?? 0) + value);
    return [...sums].sort(([a], [b]) => a - b).map(([t, rate]) => ({ t, rate }));
  } catch (cause) {
    throw new FxscaleError('UNREACHABLE', `${option}: ${messageOf(cause)}`, { cause });
  }
}
