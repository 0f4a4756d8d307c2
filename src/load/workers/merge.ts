import { type HistogramJson, parseHistogram } from '../../models/histogram.ts';
import type { Check, Group } from '../groups.ts';
import type { Contains, Metric, MetricType, Registry, Sink } from '../metrics.ts';

/** What a sink holds, as plain data that can go to another thread. */
type SinkState =
  | { readonly type: 'counter'; readonly samples: number; readonly total: number }
  | {
      readonly type: 'gauge';
      readonly samples: number;
      readonly last: number;
      readonly min: number;
      readonly max: number;
    }
  | { readonly type: 'rate'; readonly samples: number; readonly trues: number }
  | { readonly type: 'trend'; readonly histogram: HistogramJson };

/** A metric with what it and its views received; a declared metric is sent without samples, too. */
export type MetricState = {
  readonly name: string;
  readonly type: MetricType;
  readonly contains: Contains;
  readonly state: SinkState | undefined;
  readonly views: readonly { readonly suffix: string; readonly state: SinkState }[];
};

/** Results of one group since they were last taken: its names from the root on. */
export type GroupState = {
  readonly names: readonly string[];
  readonly checks: readonly Pick<Check, 'name' | 'order' | 'passes' | 'fails'>[];
};

/** Everything a worker counted since it was last asked. */
export type Results = { readonly metrics: readonly MetricState[]; readonly groups: readonly GroupState[] };

/** Where results are counted. */
export type Books = { readonly registry: Registry; readonly root: Group };

/** Takes what `books` counted so far and leaves every count at 0. */
export function takeResults({ registry, root }: Books): Results {
  return {
    metrics: registry.all().map((metric) => ({
      name: metric.name,
      type: metric.type,
      contains: metric.contains,
      state: takeSink(metric.sink),
      views: metric.submetrics.flatMap(({ suffix, sink }) => {
        const state = takeSink(sink);
        return state === undefined ? [] : [{ suffix, state }];
      }),
    })),
    groups: takeGroups(root, []),
  };
}

/** Adds what was taken elsewhere. Metrics that are new here are declared. */
export function addResults({ registry, root }: Books, { metrics, groups }: Results): void {
  for (const { name, type, contains, state, views } of metrics) {
    const metric = registry.declare(name, type, contains);
    if (state !== undefined) addTo(metric.sink, state);
    for (const view of views) {
      const own = metric.submetrics.find(({ suffix }) => suffix === view.suffix);
      if (own !== undefined) addTo(own.sink, view.state);
    }
  }
  const checks = groups.flatMap(({ names, checks: own }) => {
    const group = names.reduce((parent, name) => parent.group(name), root);
    return own.map((check) => ({ ...check, group }));
  });
  for (const { group, name, passes, fails } of checks.sort((a, b) => a.order - b.order)) {
    const check = group.check(name);
    check.passes += passes;
    check.fails += fails;
  }
}

function takeSink(sink: Sink): SinkState | undefined {
  if (sink.samples === 0) return undefined;
  switch (sink.type) {
    case 'counter': {
      const { samples, total } = sink;
      sink.samples = 0;
      sink.total = 0;
      return { type: 'counter', samples, total };
    }
    case 'gauge': {
      const { samples, last, min, max } = sink;
      sink.samples = 0;
      return { type: 'gauge', samples, last, min, max };
    }
    case 'rate': {
      const { samples, trues } = sink;
      sink.samples = 0;
      sink.trues = 0;
      return { type: 'rate', samples, trues };
    }
    case 'trend': {
      const histogram = sink.histogram.state();
      sink.histogram.reset();
      return { type: 'trend', histogram };
    }
  }
}

function addTo(sink: Sink, state: SinkState): void {
  if (sink.type === 'counter' && state.type === 'counter') {
    sink.samples += state.samples;
    sink.total += state.total;
  } else if (sink.type === 'rate' && state.type === 'rate') {
    sink.samples += state.samples;
    sink.trues += state.trues;
  } else if (sink.type === 'trend' && state.type === 'trend') {
    sink.histogram.merge(parseHistogram(state.histogram));
  } else if (sink.type === 'gauge' && state.type === 'gauge') {
    const fresh = sink.samples === 0;
    sink.min = fresh ? state.min : Math.min(sink.min, state.min);
    sink.max = fresh ? state.max : Math.max(sink.max, state.max);
    sink.samples += state.samples;
    sink.last = state.last;
  }
}

function takeGroups(group: Group, names: readonly string[]): GroupState[] {
  const checks = [...group.checks.values()].map((check) => {
    const { name, order, passes, fails } = check;
    check.passes = 0;
    check.fails = 0;
    return { name, order, passes, fails };
  });
  const inner = [...group.groups.values()].flatMap((one) => takeGroups(one, [...names, one.name]));
  return [{ names, checks }, ...inner];
}

/** The views that thresholds asked for, to be made in every worker before its first sample. */
export type Views = readonly {
  readonly metric: string;
  readonly suffix: string;
  readonly tags: readonly (readonly [key: string, value: string])[];
}[];

export function viewsOf(metrics: readonly Metric[]): Views {
  return metrics.flatMap(({ name, submetrics }) =>
    submetrics.map(({ suffix, tags }) => ({ metric: name, suffix, tags })),
  );
}

/** Makes `views` of metrics that are declared in `registry`. */
export function declareViews(registry: Registry, views: Views): void {
  for (const { metric: name, suffix, tags } of views) {
    const metric = registry.get(name);
    if (metric !== undefined) registry.submetric(metric, suffix, tags);
  }
}
