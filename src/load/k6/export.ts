import type { Verdict } from '../thresholds.ts';
import type { MetricKind } from './samples.ts';

type ExportedMetric = Record<string, number | Record<string, boolean>> & {
  readonly thresholds?: Record<string, boolean>;
};
type ExportedGroup = {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly groups: Record<string, ExportedGroup>;
  readonly checks: Record<string, ExportedCheck>;
};
type ExportedCheck = { name: string; path: string; id: string; passes: number; fails: number };

/** What k6 writes with `--summary-export`. */
export type K6Export = {
  readonly metrics: Record<string, ExportedMetric>;
  readonly root_group: ExportedGroup;
};

/** How the thresholds stand, in k6's own judgement: in the export, true means crossed. */
export function exportedVerdicts({ metrics }: K6Export): Verdict[] {
  return Object.entries(metrics).flatMap(([metric, { thresholds = {}, ...values }]) =>
    Object.entries(thresholds).map(([expression, crossed]) => {
      const aggregation = /^\s*(p\([^)]*\)|\w+)/.exec(expression)?.[1] ?? expression;
      return { metric, expression, aggregation, value: numberOf(values[aggregation]), ok: !crossed };
    }),
  );
}

/**
 * The numbers of k6's summary in the form of the embedded engine's. `kinds` is what the samples said of each metric;
 * the value of a percentile that is no column of the summary is NaN, since k6 does not tell.
 */
export function exportedSummary(exported: K6Export, kinds: ReadonlyMap<string, MetricKind>, seconds: number) {
  const verdicts = exportedVerdicts(exported);
  const metrics = Object.entries(exported.metrics).map(
    ([written, { thresholds: _thresholds, ...values }]) => {
      const [, name = written, selector] = /^([^{]+)(?:\{(.*)\})?$/s.exec(written) ?? [];
      const kind = kinds.get(name) ?? { type: typeOf(values), contains: 'default' as const };
      return {
        name,
        ...(selector !== undefined && { selector }),
        ...kind,
        values: valuesOf(kind.type, values),
        thresholds: verdicts
          .filter(({ metric }) => metric === written)
          .map(({ metric: _metric, ...rest }) => rest),
      };
    },
  );
  const trend = metrics.find(({ type }) => type === 'trend');
  const trendStats = Object.keys(trend?.values ?? {});
  return { seconds, trendStats, timeUnit: '' as const, metrics, checks: [...checksOf(exported.root_group)] };
}

/** A metric that thresholds name and that had no sample has no kind; its columns tell. */
function typeOf(values: Readonly<Record<string, unknown>>): MetricKind['type'] {
  if ('passes' in values) return 'rate';
  if ('count' in values && 'rate' in values) return 'counter';
  return 'value' in values ? 'gauge' : 'trend';
}

function valuesOf(
  type: MetricKind['type'],
  values: Readonly<Record<string, unknown>>,
): Record<string, number> {
  const numbers = Object.entries(values).map(([name, value]) => [
    type === 'rate' && name === 'value' ? 'rate' : name,
    numberOf(value),
  ]);
  return Object.fromEntries(numbers) as Record<string, number>;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function* checksOf({ checks, groups }: ExportedGroup): Generator<ExportedCheck> {
  yield* Object.values(checks);
  for (const group of Object.values(groups)) yield* checksOf(group);
}
