import { effectiveConsumers } from '../../models/consumer-lag.ts';
import { partitionSkew } from '../../models/kafka-log.ts';
import { median } from '../../models/quantile.ts';
import type { Run, Sample } from '../../run.ts';
import type { CostModel } from '../cost.ts';
import { bySource, pages, sumOfSeries } from '../meters.ts';
import { countedCost, highestOf, labelIn, labelsOf, lastOf, type Measurements, seriesAt } from './counted.ts';

/** One topic as runs with `kafka://` showed it; null where they do not tell. */
export type TopicFacts = {
  topic: string;
  /** Records per request of the planned mix. */
  records: CostModel;
  recordBytes: number | null;
  partitions: number | null;
  /** How many times the mean the hottest partition got. */
  skew: number | null;
  replication: number | null;
  retention: number | null;
  /** Bytes that one partition keeps at most. */
  partitionBytes: number | null;
  compacted: boolean;
};

/**
 * Records per second that one consumer takes: what it took while it had a backlog, or the least that it can do, by how
 * fast it caught up or by its own stopwatch.
 */
export type ConsumerRate = { rate: number; by: 'backlog' | 'least' };

export type GroupFacts = {
  group: string;
  members: number | null;
  /** By topic; null where the consumers never were at their limit and say nothing of their batches. */
  topics: { topic: string; rate: ConsumerRate | null }[];
};

export type KafkaFacts = { brokers: number | null; topics: TopicFacts[]; groups: GroupFacts[] };

/** Seconds that a window must have for the rate of a consumer: commits come in batches. */
const WINDOW = 5;

/** Undefined where no run read a cluster, or nothing was written to it. */
export function kafkaFacts(measurements: Measurements): KafkaFacts | undefined {
  const samples = measurements.runs.map(kafkaSamples);
  const all = samples.flat();
  const topics = labelsOf(all, 'records', 'topic').flatMap((topic) => {
    const key = `records{topic="${topic}"}`;
    const records = countedCost(measurements, (run) => [seriesAt(kafkaSamples(run), key, 'counter')]);
    return records === undefined ? [] : [topicFacts(topic, records, samples)];
  });
  if (topics.length === 0) return undefined;
  const written = new Set(topics.map(({ topic }) => topic));
  const groups = labelsOf(all, 'committed_records', 'group').flatMap((group) => {
    const facts = groupFacts(group, written, measurements.runs);
    return facts.topics.length === 0 ? [] : [facts];
  });
  return { brokers: lastOf(all, 'brokers'), topics, groups };
}

function kafkaSamples(run: Run): Sample[] {
  return [...bySource(run.samples, /^kafka\//).values()][0] ?? [];
}

function topicFacts(topic: string, records: CostModel, runs: readonly Sample[][]): TopicFacts {
  const all = runs.flat();
  const of = (name: string) => lastOf(all, `${name}{topic="${topic}"}`);
  const compacted = of('compacted') === 1;
  return {
    topic,
    records,
    recordBytes: recordBytes(topic, all),
    partitions: of('partitions'),
    skew: skewOf(topic, runs),
    replication: of('replication'),
    retention: of('retention_seconds'),
    partitionBytes: of('retention_partition_bytes'),
    compacted,
  };
}

/** Of a topic that keeps all its records, its size over their number; a compacted one keeps only some of them. */
function recordBytes(topic: string, samples: readonly Sample[]): number | null {
  const last = samples.findLast(({ values }) => (values[`topic_bytes{topic="${topic}"}`] ?? 0) > 0);
  const held = last?.values[`records_held{topic="${topic}"}`] ?? 0;
  return held > 0 ? (last?.values[`topic_bytes{topic="${topic}"}`] ?? 0) / held : null;
}

/** From what each partition got in the run with most records; of one topic in many partitions only the hottest is told. */
function skewOf(topic: string, runs: readonly Sample[][]): number | null {
  const skews = runs.flatMap((samples) => {
    const grown = partitionGrowth(topic, samples);
    const records = grown.reduce((sum, each) => sum + each, 0);
    const share = lastOf(samples, `hottest_partition_share{topic="${topic}"}`);
    const partitions = lastOf(samples, `partitions{topic="${topic}"}`);
    if (grown.length > 0 && records > 0) return [{ records, skew: partitionSkew(grown) }];
    if (share === null || partitions === null) return [];
    const total = lastOf(samples, `records{topic="${topic}"}`) ?? 0;
    return [{ records: total, skew: share * partitions }];
  });
  const most = skews.toSorted((a, b) => b.records - a.records)[0];
  return most?.skew ?? null;
}

/** Records that every partition got between its first and last reading. */
function partitionGrowth(topic: string, samples: readonly Sample[]): number[] {
  const keys = new Set(
    samples.flatMap(({ values }) =>
      Object.keys(values).filter(
        (key) => key.startsWith('partition_records{') && labelIn(key, 'topic') === topic,
      ),
    ),
  );
  return [...keys].map((key) => {
    const { points } = seriesAt(samples, key, 'counter');
    return Math.max(0, (points.at(-1)?.value ?? 0) - (points[0]?.value ?? 0));
  });
}

function groupFacts(group: string, topics: ReadonlySet<string>, runs: readonly Run[]): GroupFacts {
  const samples = runs.map(kafkaSamples);
  const all = samples.flat();
  const members = highestOf(all, `group_members{group="${group}"}`);
  const read = [
    ...new Set(
      all.flatMap(({ values }) =>
        Object.keys(values).flatMap((key) =>
          key.startsWith('committed_records{') && labelIn(key, 'group') === group
            ? (labelIn(key, 'topic') ?? [])
            : [],
        ),
      ),
    ),
  ].filter((topic) => topics.has(topic));
  const batches = batchRate(runs);
  return {
    group,
    members,
    topics: read.map((topic) => {
      const partitions = lastOf(all, `partitions{topic="${topic}"}`);
      const seen =
        members && partitions
          ? caughtUp(group, topic, samples, effectiveConsumers(members, partitions))
          : { busy: null, least: null };
      if (seen.busy !== null) return { topic, rate: { rate: seen.busy, by: 'backlog' } };
      const least = Math.max(seen.least ?? 0, batches ?? 0);
      return { topic, rate: least > 0 ? { rate: least, by: 'least' } : null };
    }),
  };
}

/**
 * What a consumer took per second in windows that began with a second's worth of work or more waiting. `busy` is the median
 * of those in which as much was waiting all the time; where they caught up sooner, `least` is the most that was seen.
 */
function caughtUp(
  group: string,
  topic: string,
  runs: readonly Sample[][],
  consumers: number,
): { busy: number | null; least: number | null } {
  const labels = `{group="${group}",topic="${topic}"}`;
  const windows = runs.flatMap((samples) => {
    const readings = samples.flatMap(({ t, values }) => {
      const [lag, committed] = [values[`lag_records${labels}`], values[`committed_records${labels}`]];
      return lag === undefined || committed === undefined ? [] : [{ t, lag, committed }];
    });
    return readings.flatMap((end, i) => {
      const first = readings.findLastIndex(({ t }) => t <= end.t - WINDOW);
      const start = readings[first];
      if (start === undefined) return [];
      const rate = (end.committed - start.committed) / (end.t - start.t);
      if (!(rate > 0) || start.lag < rate) return [];
      return [{ rate, busy: readings.slice(first, i + 1).every(({ lag }) => lag >= rate) }];
    });
  });
  const busy = windows.filter((window) => window.busy).map(({ rate }) => rate);
  const rates = windows.map(({ rate }) => rate);
  return {
    busy: busy.length === 0 ? null : median(busy) / consumers,
    least: rates.length === 0 ? null : Math.max(...rates) / consumers,
  };
}

/** Records over the seconds spent on them, of consumers that tell it on a metrics page: with small batches too little. */
function batchRate(runs: readonly Run[]): number | null {
  let [records, seconds] = [0, 0];
  for (const own of runs.flatMap((run) => [...pages(run).values()])) {
    const increase = (name: string) => {
      const values = own.flatMap((sample) => sumOfSeries(sample.values, name) ?? []);
      return Math.max(0, (values.at(-1) ?? 0) - (values[0] ?? 0));
    };
    records += increase('kafka_consumer_records_total');
    seconds += increase('kafka_consumer_batch_seconds_sum');
  }
  return records > 0 && seconds > 0 ? records / seconds : null;
}
