import { type Part, partOf } from './breakdown.ts';
import type { Check, Group } from './groups.ts';
import { maskSecrets } from './masking.ts';
import type { Metric, Registry, Sink, Submetric } from './metrics.ts';
import type { Options } from './options.ts';
import { trendStat, type Verdict } from './thresholds.ts';

type Judged = {
  readonly expression: string;
  readonly aggregation: string;
  readonly value: number;
  readonly ok: boolean;
  readonly noData?: true;
};

type MetricSummary = {
  readonly name: string;
  readonly selector?: string;
  readonly type: Metric['type'];
  readonly contains: Metric['contains'];
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds: readonly Judged[];
};

/** One scenario of several, or one group with those inside it: what was recorded in that very one. */
export type SummaryPart = {
  readonly kind: 'scenario' | 'group';
  readonly name: string;
  readonly metrics: readonly MetricSummary[];
  readonly checks: readonly PlainCheck[];
  readonly groups: readonly SummaryPart[];
};

/**
 * What the end-of-test summary says, as plain data. A metric is in it when it has samples or a threshold names it or
 * a view of it; a view, likewise, when it has samples or a threshold names it. `seconds` is the length of the test,
 * which counter rates are divided by; without `verdicts` (--no-thresholds) thresholds name nothing. There are parts
 * only when the registry was broken down.
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
    ...(view && { selector: maskSecrets(view.suffix) }),
    type: metric.type,
    contains: metric.contains,
    values: valuesOf((view ?? metric).sink, seconds, trendStats),
    thresholds: verdicts
      .filter((verdict) => verdict.metric === (view ?? metric).name)
      .map(({ metric: _, ...judged }) => judged),
  });
  const metrics = registry.all().flatMap((metric) => {
    if (partOf(metric.name) !== undefined) return [];
    const sampled = metric.sink.samples > 0;
    const views = metric.submetrics.filter((view) => view.sink.samples > 0 || named.has(view.name));
    if (!sampled && views.length === 0 && !named.has(metric.name)) return [];
    return [summarise(metric), ...views.map((view) => summarise(metric, view))];
  });
  const timeUnit = options.summaryTimeUnit;
  const parts = partsOf(registry, (metric) => ({
    ...summarise(metric),
    name: partOf(metric.name)?.metric ?? metric.name,
    thresholds: [],
  }));
  const summary = {
    seconds,
    trendStats,
    timeUnit,
    metrics,
    checks: [...checksOf(root)].sort((a, b) => a.order - b.order).map(plain),
  };
  return parts.length === 0 ? summary : { ...summary, parts };
}

type PlainCheck = Omit<Check, 'order'>;

function plain({ name, path, passes, fails }: Check): PlainCheck {
  return { name: maskSecrets(name), path: maskSecrets(path), passes, fails };
}

type Growing = SummaryPart & { metrics: MetricSummary[]; checks: PlainCheck[]; groups: Growing[] };

/** The name of the scenario that k6's shortcuts stand for: it has no part of its own, as all else is the total. */
const UNNAMED = 'default';

/** Groups outside of scenarios and of that one, then the scenarios by name. */
function partsOf(registry: Registry, summarise: (metric: Metric) => MetricSummary): SummaryPart[] {
  const counted = registry.all().flatMap((metric) => {
    const part = partOf(metric.name);
    return part === undefined ? [] : [{ metric, part }];
  });
  const names = new Set(counted.map(({ part }) => part.scenario));
  const named = [...names].filter((name) => name !== '' && name !== UNNAMED).toSorted();
  const scenarios = new Map(named.map((name) => [name, growing('scenario', name)]));
  const groups: Growing[] = [];
  for (const { metric, part } of counted) {
    const scenario = scenarios.get(part.scenario);
    const place =
      part.group === undefined
        ? scenario
        : groupAt(scenario?.groups ?? groups, part.group.split('::').slice(1));
    if (place !== undefined) addPart(place, metric, part, summarise);
  }
  return [...groups, ...scenarios.values()];
}

function addPart(
  place: Growing,
  metric: Metric,
  { check }: Part,
  summarise: (metric: Metric) => MetricSummary,
): void {
  const { sink } = metric;
  if (check === undefined) place.metrics.push(summarise(metric));
  else if (sink.type === 'rate') {
    const counts = { passes: sink.trues, fails: sink.samples - sink.trues };
    place.checks.push({ name: check, path: check, ...counts });
  }
}

function groupAt(among: Growing[], [name = '', ...rest]: string[]): Growing {
  let group = among.find((one) => one.name === name);
  if (group === undefined) {
    group = growing('group', name);
    among.push(group);
  }
  return rest.length === 0 ? group : groupAt(group.groups, rest);
}

function growing(kind: SummaryPart['kind'], name: string): Growing {
  return { kind, name, metrics: [], checks: [], groups: [] };
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
