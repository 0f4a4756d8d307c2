import type { Field } from './fields.ts';
import type {
  AverageValueTarget,
  LabelSelector,
  MetricSpec,
  MetricType,
  ObjectReference,
  UtilizationTarget,
  ValueTarget,
} from './spec.ts';

/** The API server's rules for `spec.metrics`: `validateMetricSpec` of k8s.io/kubernetes/pkg/apis/autoscaling/validation. */
const sources = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
} as const satisfies Record<MetricType, string>;

export function readMetric(field: Field): MetricSpec | undefined {
  if (!field.isObject(['type', ...Object.values(sources)])) return undefined;
  const type = field.at('type').oneOf(Object.keys(sources) as MetricType[]);
  if (type === undefined) return undefined;
  for (const [other, name] of Object.entries(sources)) {
    if (other !== type && field.at(name).present)
      field.at(name).wrong(`must not be there: the type of the metric is ${type}`);
  }
  const source = field.at(sources[type]);
  return readers[type](source);
}

const readers: Record<MetricType, (source: Field) => MetricSpec | undefined> = {
  Resource(source) {
    if (!source.isObject(['name', 'target'])) return undefined;
    const name = source.at('name').text();
    const target = perPodTarget(source.at('target'));
    return name !== undefined && target ? { type: 'Resource', name, target } : undefined;
  },
  ContainerResource(source) {
    if (!source.isObject(['name', 'container', 'target'])) return undefined;
    const name = source.at('name').text();
    const container = source.at('container').text();
    const target = perPodTarget(source.at('target'));
    if (name === undefined || container === undefined || target === undefined) return undefined;
    return { type: 'ContainerResource', name, container, target };
  },
  Pods(source) {
    if (!source.isObject(['metric', 'target'])) return undefined;
    const metric = readIdentifier(source.at('metric'));
    const target = averageTarget(source.at('target'));
    return metric && target ? { type: 'Pods', ...metric, target } : undefined;
  },
  Object(source) {
    if (!source.isObject(['describedObject', 'metric', 'target'])) return undefined;
    const object = readReference(source.at('describedObject'));
    const metric = readIdentifier(source.at('metric'));
    const target = objectTarget(source.at('target'));
    return object && metric && target ? { type: 'Object', ...metric, object, target } : undefined;
  },
  External(source) {
    if (!source.isObject(['metric', 'target'])) return undefined;
    const metric = readIdentifier(source.at('metric'));
    const target = totalTarget(source.at('target'));
    return metric && target ? { type: 'External', ...metric, target } : undefined;
  },
};

export function readReference(field: Field): ObjectReference | undefined {
  if (!field.isObject(['apiVersion', 'kind', 'name'])) return undefined;
  const kind = field.at('kind').text();
  const name = field.at('name').text();
  const apiVersion = field.at('apiVersion').present ? field.at('apiVersion').text() : undefined;
  if (kind === undefined || name === undefined) return undefined;
  return { ...(apiVersion === undefined ? {} : { apiVersion }), kind, name };
}

function readIdentifier(field: Field): { name: string; selector?: LabelSelector } | undefined {
  if (!field.isObject(['name', 'selector'])) return undefined;
  const name = field.at('name').text();
  const selector = field.at('selector');
  if (selector.present && !selector.isObject(['matchLabels', 'matchExpressions'])) return undefined;
  if (name === undefined) return undefined;
  return { name, ...(selector.present ? { selector: selector.value as LabelSelector } : {}) };
}

const targetTypes = ['Utilization', 'Value', 'AverageValue'] as const;

/** The parts of a target that are there, and its type; `allowed` of them may be. */
function readTarget(field: Field, allowed: readonly string[]) {
  if (!field.isObject(['type', 'averageUtilization', 'averageValue', 'value'])) return undefined;
  const type = field.at('type').oneOf(targetTypes);
  const utilization = field.at('averageUtilization');
  const average = field.at('averageValue');
  const value = field.at('value');
  const given = [utilization, average, value].filter(({ present }) => present);
  if (type === undefined) return undefined;
  for (const each of given) {
    const name = String(each.path.at(-1));
    if (!allowed.includes(name))
      return each.wrong(`must not be there: the target takes ${allowed.join(' or ')}`);
  }
  if (given.length === 0) return field.wrong(`has no target: give ${allowed.join(' or ')}`);
  return { type, utilization, average, value, given };
}

/** Exactly one part; which it is decides, not `type`. */
function onlyPart(field: Field, allowed: readonly string[]) {
  const target = readTarget(field, allowed);
  const [first, second] = target?.given ?? [];
  if (second !== undefined)
    return second.wrong(`must not be there beside ${String(first?.path.at(-1))}: a metric has one target`);
  return target;
}

function perPodTarget(field: Field): UtilizationTarget | AverageValueTarget | undefined {
  const target = onlyPart(field, ['averageUtilization', 'averageValue']);
  if (target === undefined) return undefined;
  if (target.average.present) return averageTargetOf(target.average);
  const averageUtilization = target.utilization.whole(1);
  return averageUtilization === undefined ? undefined : { type: 'Utilization', averageUtilization };
}

function averageTarget(field: Field): AverageValueTarget | undefined {
  const target = onlyPart(field, ['averageValue']);
  return target && averageTargetOf(target.average);
}

function totalTarget(field: Field): ValueTarget | AverageValueTarget | undefined {
  const target = onlyPart(field, ['value', 'averageValue']);
  if (target === undefined) return undefined;
  return target.average.present ? averageTargetOf(target.average) : valueTargetOf(target.value);
}

/** An Object may have both parts, and here it is `type` that decides. */
function objectTarget(field: Field): ValueTarget | AverageValueTarget | undefined {
  const target = readTarget(field, ['value', 'averageValue']);
  if (target === undefined) return undefined;
  const [average, total] = [target.average, target.value];
  if (target.type === 'AverageValue' && average.present) return averageTargetOf(average);
  if (target.type === 'Value' && total.present) return valueTargetOf(total);
  const [part] = target.given;
  return field.at('type').wrong(`is ${target.type}, but what is given is ${String(part?.path.at(-1))}`);
}

function averageTargetOf(field: Field): AverageValueTarget | undefined {
  const averageValue = field.milli();
  return averageValue === undefined ? undefined : { type: 'AverageValue', averageValue };
}

function valueTargetOf(field: Field): ValueTarget | undefined {
  const value = field.milli();
  return value === undefined ? undefined : { type: 'Value', value };
}
