import type { TrafficReport } from './traffic.ts';

const SCHEMA = 'fxscale.traffic/1';

/** One document: requests per second, or multiples of the mean where `unit` says so; seconds since 1970; shares of one. */
export function renderTrafficJson({ planned, ...report }: TrafficReport): string {
  // The shape at the horizon is a function; its size is told.
  const { traffic, ...horizon } = planned;
  return `${JSON.stringify({ schema: SCHEMA, ...report, planned: horizon })}\n`;
}

/** Rates step by step, as `--traffic` reads them. */
export function renderTrafficCsv(steps: readonly { t: number; rate: number }[]): string {
  const lines = steps.map(
    ({ t, rate }) => `${new Date(t * 1000).toISOString()},${Number(rate.toPrecision(9))}`,
  );
  return `time,rate\n${lines.join('\n')}\n`;
}
