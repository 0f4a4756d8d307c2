import type { Plan } from '../planners/types.ts';
import { isShared } from './platform-metrics.ts';

/** One rule of prometheus-adapter; `metricsQuery` is a Go template between `<<` and `>>`. */
export type AdapterRule = {
  seriesQuery: string;
  resources: { overrides: Record<string, { resource: string }> };
  name: { matches: string; as: string };
  metricsQuery: string;
};

/** `rules` are served as custom metrics, for metrics of type Pods, and `externalRules` as external ones. */
export type AdapterConfig = { rules: AdapterRule[]; externalRules: AdapterRule[] };

type Metric = { type: string; pods?: { metric: { name: string } }; external?: { metric: { name: string } } };

const RATE = '_per_second';

/**
 * What prometheus-adapter needs to serve the metrics of the planned autoscaler; undefined when it takes none from there.
 * A metric `x_per_second` is the rate of the counter `x_total`; any other is the gauge of its own name.
 */
export function adapterConfig({ hpa }: Plan): AdapterConfig | undefined {
  const metrics: readonly Metric[] = hpa?.spec.metrics ?? [];
  const names = (of: (metric: Metric) => string | undefined) => [
    ...new Set(metrics.flatMap((metric) => of(metric) ?? [])),
  ];
  const rules = names(({ pods }) => pods?.metric.name).map(perPod);
  const externalRules = names(({ external }) => external?.metric.name).map(overAll);
  return rules.length + externalRules.length === 0 ? undefined : { rules, externalRules };
}

function perPod(name: string): AdapterRule {
  const { series, value } = sourceOf(name);
  return {
    seriesQuery: `${series}{namespace!="",pod!=""}`,
    resources: { overrides: { namespace: { resource: 'namespace' }, pod: { resource: 'pod' } } },
    name: { matches: `^${series}$`, as: name },
    metricsQuery: `sum(${value}) by (<<.GroupBy>>)`,
  };
}

function overAll(name: string): AdapterRule {
  const { series, value } = sourceOf(name);
  return {
    seriesQuery: `${series}{namespace!=""}`,
    resources: { overrides: { namespace: { resource: 'namespace' } } },
    name: { matches: `^${series}$`, as: name },
    metricsQuery: `${isShared(series) ? 'max' : 'sum'}(${value})`,
  };
}

function sourceOf(name: string): { series: string; value: string } {
  const selected = '<<.Series>>{<<.LabelMatchers>>}';
  return name.endsWith(RATE)
    ? { series: `${name.slice(0, -RATE.length)}_total`, value: `rate(${selected}[1m])` }
    : { series: name, value: selected };
}
