import type { Field } from './fields.ts';
import type { ExternalTrigger, KafkaTrigger, PrometheusTrigger, ResourceTrigger, Trigger } from './keda.ts';
import { kafkaDefaults } from './keda-kafka.ts';

/** The rules of KEDA for `spec.triggers`; `pkg/scalers` of kedacore/keda, each scaler's `Validate`. */
const readers: Record<Trigger['type'], (field: Field, metadata: Metadata) => Trigger | undefined> = {
  kafka: (field, metadata) => readKafka('kafka', field, metadata),
  'apache-kafka': (field, metadata) => readKafka('apache-kafka', field, metadata),
  prometheus: readPrometheus,
  cpu: (field, metadata) => readResource('cpu', field, metadata),
  memory: (field, metadata) => readResource('memory', field, metadata),
};

const fields = ['type', 'name', 'metadata', 'metricType', 'authenticationRef', 'useCachedMetrics'];

export function readTrigger(field: Field): Trigger | undefined {
  if (!field.isObject(fields)) return undefined;
  const known = Object.keys(readers).toSorted() as Trigger['type'][];
  const { value } = field.at('type');
  const type = known.find((each) => each === value);
  if (type === undefined)
    return field
      .at('type')
      .wrong(
        field.at('type').present
          ? `is ${JSON.stringify(value)}: the triggers that can be simulated are ${known.join(', ')}`
          : `is required: one of ${known.join(', ')}`,
      );
  const metadata = new Metadata(field.at('metadata'));
  return metadata.sound ? readers[type](field, metadata) : undefined;
}

function readKafka(type: KafkaTrigger['type'], field: Field, metadata: Metadata): KafkaTrigger | undefined {
  for (const name of ['bootstrapServers', 'consumerGroup']) metadata.required(name);
  const allowIdleConsumers = metadata.flag('allowIdleConsumers');
  const limitToPartitionsWithLag = metadata.flag('limitToPartitionsWithLag');
  const ensureEvenDistributionOfPartitions = metadata.flag('ensureEvenDistributionOfPartitions');
  const topic = metadata.text('topic');
  if (limitToPartitionsWithLag) {
    const beside = allowIdleConsumers
      ? 'allowIdleConsumers'
      : ensureEvenDistributionOfPartitions && 'ensureEvenDistributionOfPartitions';
    if (beside) metadata.wrong('limitToPartitionsWithLag', `must not be true beside ${beside}`);
  }
  if (topic === undefined && (limitToPartitionsWithLag || ensureEvenDistributionOfPartitions))
    metadata.wrong(
      'topic',
      `is required with ${limitToPartitionsWithLag ? 'limitToPartitionsWithLag' : 'ensureEvenDistributionOfPartitions'}`,
    );
  metadata.oneOf('offsetResetPolicy', ['latest', 'earliest']);
  metadata.flag('scaleToZeroOnInvalidOffset');
  const threshold = metadata.whole('lagThreshold', 1) ?? kafkaDefaults.lagThreshold;
  const activationThreshold = metadata.whole('activationLagThreshold', 0) ?? 0;
  const partitions = partitionsIn(metadata);
  const excludePersistentLag = metadata.flag('excludePersistentLag');
  const reported = readReported(field, metadata);
  if (reported === undefined) return undefined;
  return {
    type,
    ...reported,
    ...{ threshold, activationThreshold, excludePersistentLag },
    ...{ allowIdleConsumers, limitToPartitionsWithLag, ensureEvenDistributionOfPartitions },
    ...(topic === undefined ? {} : { topic }),
    ...(partitions === undefined || topic === undefined ? {} : { partitions }),
  };
}

/** How many partitions `1-4,6` names. */
function partitionsIn(metadata: Metadata): number | undefined {
  const text = metadata.text('partitionLimitation');
  if (text === undefined || text.trim() === '') return undefined;
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last = first] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (!(from <= to) || to - from > 100_000)
      return metadata.wrong(
        'partitionLimitation',
        `is ${JSON.stringify(text)}: must be partitions such as 1-4,6`,
      );
    for (let partition = from; partition <= to; partition++) found.add(partition);
  }
  return found.size;
}

function readPrometheus(field: Field, metadata: Metadata): PrometheusTrigger | undefined {
  metadata.required('serverAddress');
  const query = metadata.required('query');
  const threshold = metadata.required('threshold') === undefined ? undefined : metadata.number('threshold');
  const activationThreshold = metadata.number('activationThreshold') ?? 0;
  metadata.flag('ignoreNullValues');
  if (threshold !== undefined && threshold < 0.0005)
    metadata.wrong('threshold', `is ${threshold}: must be 0.001 or more, as it is rounded to thousandths`);
  const reported = readReported(field, metadata);
  if (reported === undefined || query === undefined || threshold === undefined) return undefined;
  return { type: 'prometheus', ...reported, query, threshold, activationThreshold };
}

function readReported(
  field: Field,
  metadata: Metadata,
): Omit<ExternalTrigger, 'type' | 'threshold' | 'activationThreshold'> | undefined {
  const type = field.at('metricType');
  const cached = field.at('useCachedMetrics');
  if (type.value === 'Utilization')
    return type.wrong('is Utilization, which only cpu and memory have: must be AverageValue or Value');
  const metricType = type.present ? type.oneOf(['AverageValue', 'Value'] as const) : 'AverageValue';
  if (cached.present && typeof cached.value !== 'boolean') cached.wrong('must be true or false');
  const name = nameOf(field);
  if (metricType === undefined) return undefined;
  return {
    ...(name === undefined ? {} : { name }),
    metricType,
    useCachedMetrics: cached.value === true,
    metadata: metadata.all,
  };
}

function readResource(
  type: ResourceTrigger['type'],
  field: Field,
  metadata: Metadata,
): ResourceTrigger | undefined {
  if (field.at('useCachedMetrics').value === true)
    field.at('useCachedMetrics').wrong(`must not be true: the HPA reads ${type} itself`);
  const written = metadata.required('value');
  const metricType = field.at('metricType').present ? field.at('metricType') : metadata.at('type');
  const kind = metricType.oneOf(['Utilization', 'AverageValue'] as const);
  const name = nameOf(field);
  const container = metadata.text('containerName');
  if (written === undefined || kind === undefined) return undefined;
  const target =
    kind === 'Utilization'
      ? averageUtilization(metadata.whole('value', 1))
      : averageValue(metadata.at('value').milli());
  if (target === undefined) return undefined;
  return {
    type,
    ...(name === undefined ? {} : { name }),
    ...(container === undefined ? {} : { container }),
    target,
  };
}

function averageUtilization(percent: number | undefined): ResourceTrigger['target'] | undefined {
  return percent === undefined ? undefined : { type: 'Utilization', averageUtilization: percent };
}

function averageValue(milli: number | undefined): ResourceTrigger['target'] | undefined {
  return milli === undefined ? undefined : { type: 'AverageValue', averageValue: milli };
}

function nameOf(field: Field): string | undefined {
  return field.at('name').present ? field.at('name').text() : undefined;
}

/** `metadata` of a trigger: a map of texts, whose values the scaler parses. Absent and empty are the same. */
class Metadata {
  readonly sound: boolean;
  readonly all: Record<string, string> = {};
  readonly #field: Field;

  constructor(field: Field) {
    this.#field = field;
    const value = field.value ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      field.wrong('must be an object');
      this.sound = false;
      return;
    }
    const known = field.errors.length;
    for (const [name, text] of Object.entries(value)) {
      if (typeof text === 'string') this.all[name] = text;
      else field.at(name).wrong(`must be text: write "${String(text)}" in quotes`);
    }
    this.sound = field.errors.length === known;
  }

  at(name: string): Field {
    return this.#field.at(name);
  }

  wrong(name: string, text: string): undefined {
    return this.at(name).wrong(text);
  }

  text(name: string): string | undefined {
    return this.all[name] || undefined;
  }

  required(name: string): string | undefined {
    return this.text(name) ?? this.wrong(name, 'is required');
  }

  whole(name: string, least: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value)) return this.wrong(name, `is "${text}": must be a whole number`);
    return value >= least ? value : this.wrong(name, `is "${text}": must be ${least} or more`);
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) return this.wrong(name, `is "${text}": must be a number`);
    return value >= 0 ? value : this.wrong(name, `is "${text}": must be zero or more`);
  }

  /** As Go's strconv.ParseBool reads it. */
  flag(name: string): boolean {
    const text = this.text(name);
    if (text === undefined) return false;
    if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
    if (!['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text))
      this.wrong(name, `is "${text}": must be "true" or "false"`);
    return false;
  }

  oneOf(name: string, known: readonly string[]): void {
    const text = this.text(name);
    if (text !== undefined && !known.includes(text))
      this.wrong(name, `is "${text}": must be ${known.join(' or ')}`);
  }
}
