import { FxscaleError } from '../../errors.ts';
import {
  type ExternalTrigger,
  isExternal,
  isKafka,
  metricNameOf,
  type ScaledObject,
} from '../../models/hpa/keda.ts';
import type { Hpa } from '../../models/hpa/spec.ts';
import type { MetricSource } from '../../models/world/metric-pipeline.ts';

/** An HPA, and the ScaledObject that KEDA made it of. */
export type Autoscaled = { hpa: Pick<Hpa, 'metrics'>; scaled: ScaledObject | null };

/** What the metrics of an HPA are taken to be: as said, or by their names. Throws USAGE for one that says nothing. */
export function sourcesOf(
  autoscaled: readonly Autoscaled[],
  said: ReadonlyMap<string, MetricSource>,
): Map<string, MetricSource> {
  const sources = new Map<string, MetricSource>();
  for (const { hpa, scaled } of autoscaled) {
    const triggers = (scaled?.triggers ?? []).filter(isExternal);
    for (const { type, name } of hpa.metrics) {
      if (type === 'Resource' || type === 'ContainerResource') continue;
      const trigger = triggers.find((each) => nameIn(scaled, each) === name);
      const source =
        trigger === undefined ? (said.get(name) ?? bySound(name)) : sourceOfTrigger(trigger, name, said);
      if (source === undefined) throw unknownMetric(trigger?.name ?? name);
      const before = sources.get(name);
      if (before !== undefined && before !== source)
        throw new FxscaleError(
          'USAGE',
          `the metric ${name} stands for ${before} in one HPA and for ${source} in another: simulate them one by one, or give the triggers other names`,
        );
      sources.set(name, source);
    }
  }
  return sources;
}

function nameIn(scaled: ScaledObject | null, trigger: ExternalTrigger): string {
  return metricNameOf(trigger, scaled?.triggers.indexOf(trigger) ?? 0);
}

/** A query is known by the names of its series: its functions say nothing. */
function sourceOfTrigger(
  trigger: ExternalTrigger,
  metric: string,
  said: ReadonlyMap<string, MetricSource>,
): MetricSource | undefined {
  if (trigger.type !== 'prometheus') return 'lag';
  const told = said.get(trigger.name ?? metric) ?? said.get(metric);
  if (told !== undefined) return told;
  const series = trigger.query.replaceAll(/\{[^}]*\}|\[[^\]]*\]|\b\w+\s*\(/g, ' ');
  return bySound(series);
}

function unknownMetric(name: string): FxscaleError {
  return new FxscaleError(
    'USAGE',
    `what is the metric ${name}? Say it with --metric ${name}=rate (requests per second), =concurrency (requests that are in the service), =latency (seconds) or =lag (records of a topic that wait)`,
  );
}

function bySound(name: string): MetricSource | undefined {
  if (/latency|duration|response_?time/i.test(name)) return 'latency';
  if (/(?:^|_)lag(?:_|\b)/i.test(name)) return 'lag';
  if (/queue|backlog|pending|depth|in_?flight|concurren|active/i.test(name)) return 'concurrency';
  return /per_?sec|rate|rps|qps|requests/i.test(name) ? 'rate' : undefined;
}

/**
 * Partitions of the topic that the pods consume: as said, or as a Kafka trigger is limited to; null when no HPA knows of a
 * topic. Throws USAGE when one does and nothing says how many there are.
 */
export function partitionsOf(
  autoscaled: readonly Autoscaled[],
  said: number | undefined,
  sources: ReadonlyMap<string, MetricSource>,
): number | null {
  const triggers = autoscaled.flatMap(({ scaled }) => (scaled?.triggers ?? []).filter(isKafka));
  const topics = new Set(triggers.map(({ topic }) => topic ?? ''));
  if (topics.size > 1)
    throw new FxscaleError(
      'USAGE',
      `there are Kafka triggers for the topics ${[...topics].join(', ')}: one traffic is the records of one topic`,
    );
  const needed = triggers.length > 0 || [...sources.values()].includes('lag');
  const stated = triggers.flatMap(({ partitions }) => partitions ?? []);
  if (said !== undefined) return said;
  if (stated.length > 0) return Math.max(...stated);
  if (!needed) return null;
  throw new FxscaleError(
    'USAGE',
    '--partitions is missing: say how many the topic has, as no more pods than that can work, for example --partitions 24',
  );
}
