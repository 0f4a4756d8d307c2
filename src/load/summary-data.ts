import type { Check, Group } from './groups.ts';
import type { Metric, Registry, Sink, Submetric } from './metrics.ts';
import type { Options } from './options.ts';
import { trendStat, type Verdict } from './thresholds.ts';

type Judged = {
  readonly expression: string;
  readonly aggregation: string;
  readonly value: number;
  readonly ok: boolean;
};

type MetricSummary = {
  readonly name: string;
  readonly selector?: string;
  readonly type: Metric['type'];
  readonly contains: Metric['contains'];
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds: readonly Judged[];
};

/**
 * What the end-of-test summary says, as plain data. A metric is in it when it has samples or a threshold names it or
 * a view of it; a view, when a threshold names it or its metric has samples. `seconds` is the length of the test,
 * which counter rates are divided by; without `verdicts` (--no-thresholds) thresholds name nothing.
 */
export function summaryData(
  { registry, root }: { readonly registry: Registry; readonly root: Group },
  verdicts: readonly Verdict[],
  seconds: number,
  options: Pick<Options, 'summaryTrendStats' | 'summaryTimeUnit' | 'thresholds'>,
) {
  const named = namedBy(options.thresholds, verdicts);
  const trendStats = options.summaryTrendStats;
  const summarise = (metric: Metric, view?: Submetric): MetricSummary => ({
    name: metric.name,
    ...(view && { selector: view.suffix }),
    type: metric.type,
    contains: metric.contains,
    values: valuesOf((view ?? metric).sink, seconds, trendStats),
    thresholds: verdicts
      .filter((verdict) => verdict.metric === (view ?? metric).name)
      .map(({ expression, aggregation, value, ok }) => ({ expression, aggregation, value, ok })),
  });
  const metrics = registry.all().flatMap((metric) => {
    const sampled = metric.sink.samples > 0;
    const views = metric.submetrics.filter((view) => sampled || named.has(view.name));
    if (!sampled && views.length === 0 && !named.has(metric.name)) return [];
    return [summarise(metric), ...views.map((view) => summarise(metric, view))];
  });
  const timeUnit = options.summaryTimeUnit;
  return { seconds, trendStats, timeUnit, metrics, checks: [...checksOf(root)] };
}

/** The metrics that thresholds name, with or without conditions. */
function namedBy(thresholds: Options['thresholds'], verdicts: readonly Verdict[]): ReadonlySet<string> {
  const off = verdicts.length === 0 && [...thresholds.values()].some((conditions) => conditions.length > 0);
  const written = off ? [] : [...thresholds.keys()];
  return new Set(
    written.map((name) => name.replace(/\{(.*)\}$/s, (_, selector: string) => `{${selector.trim()}}`)),
  );
}

function valuesOf(sink: Sink, seconds: number, trendStats: readonly string[]): Record<string, number> {
  switch (sink.type) {
    case 'counter':
      return { count: sink.total, rate: seconds > 0 ? sink.total / seconds : 0 };
    case 'gauge':
      return { value: sink.last, min: sink.min, max: sink.max };
    case 'rate': {
      const fails = sink.samples - sink.trues;
      return { rate: sink.samples === 0 ? 0 : sink.trues / sink.samples, passes: sink.trues, fails };
    }
    case 'trend':
      return Object.fromEntries(
        trendStats.map((stat) => {
          const percentile = /^p\((.+)\)$/.exec(stat)?.[1];
          return [stat, trendStat(sink, percentile === undefined ? stat : Number(percentile))];
        }),
      );
  }
}

function* checksOf(group: Group): Generator<Check> {
  yield* group.checks.values();
  for (const inner of group.groups.values()) yield* checksOf(inner);
}
