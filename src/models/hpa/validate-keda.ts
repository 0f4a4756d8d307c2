import { Field, type FieldError } from './fields.ts';
import { type Fallback, isExternal, type ScaledObject, scaledObjectDefaults, type Trigger } from './keda.ts';
import type { ObjectReference } from './spec.ts';
import { type ApiServer, readBehavior, readName } from './validate.ts';
import { readTrigger } from './validate-triggers.ts';

/** Either a ScaledObject or what is wrong with it. */
export type ValidatedScaledObject =
  | { readonly scaled: ScaledObject; readonly errors: readonly [] }
  | { readonly scaled: null; readonly errors: readonly FieldError[] };

const specFields = [
  'scaleTargetRef',
  'pollingInterval',
  'cooldownPeriod',
  'initialCooldownPeriod',
  'idleReplicaCount',
  'minReplicaCount',
  'maxReplicaCount',
  'fallback',
  'advanced',
  'triggers',
];

/**
 * The object of a `keda.sh/v1alpha1` ScaledObject, with the defaults and by the rules of KEDA's webhook and scalers.
 * Unknown fields are refused, as `kubectl apply` does, but those of `metadata` of a trigger, which KEDA passes over.
 */
export function validateScaledObject(manifest: unknown, server: ApiServer): ValidatedScaledObject {
  const root = new Field(manifest);
  const scaled = readScaledObject(root, server);
  if (root.errors.length > 0 || scaled === undefined) return { scaled: null, errors: root.errors };
  return { scaled, errors: [] };
}

function readScaledObject(root: Field, server: ApiServer): ScaledObject | undefined {
  if (!root.isObject(['apiVersion', 'kind', 'metadata', 'spec', 'status'])) return undefined;
  const [version, kind] = [root.at('apiVersion'), root.at('kind')];
  if (version.value !== 'keda.sh/v1alpha1')
    version.wrong(
      version.present
        ? `is ${JSON.stringify(version.value)}: must be keda.sh/v1alpha1`
        : 'is required: write keda.sh/v1alpha1',
    );
  if (kind.value !== 'ScaledObject') kind.wrong(`is ${JSON.stringify(kind.value)}: must be ScaledObject`);
  const metadata = root.at('metadata');
  const name = readName(metadata.at('name'));
  const namespace = metadata.at('namespace').present ? metadata.at('namespace').text() : undefined;
  const spec = root.at('spec');
  if (!spec.isObject(specFields)) return undefined;
  const scaleTarget = readTarget(spec.at('scaleTargetRef'));
  const counts = readCounts(spec);
  const times = {
    pollingInterval: wholeOr(spec.at('pollingInterval'), 1, scaledObjectDefaults.pollingInterval),
    cooldownPeriod: wholeOr(spec.at('cooldownPeriod'), 0, scaledObjectDefaults.cooldownPeriod),
  };
  wholeOr(spec.at('initialCooldownPeriod'), 0, 0);
  const triggers = readTriggers(spec.at('triggers'));
  const fallback = readFallback(spec.at('fallback'));
  const behavior = readAdvanced(spec.at('advanced'), server);
  const paused = readPaused(metadata.at('annotations'));
  if (root.errors.length > 0 || name === undefined || scaleTarget === undefined || triggers === undefined)
    return undefined;
  if (counts.minReplicaCount === 0 && !triggers.some(isExternal))
    return spec
      .at('minReplicaCount')
      .wrong(
        'is 0, and cpu and memory say nothing while no pod runs: must be 1 or more without another trigger',
      );
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    scaleTarget,
    ...times,
    ...counts,
    ...(fallback === undefined ? {} : { fallback }),
    ...(behavior === undefined ? {} : { behavior }),
    ...paused,
    triggers,
  };
}

function readTarget(field: Field): ObjectReference | undefined {
  if (!field.isObject(['apiVersion', 'kind', 'name', 'envSourceContainerName'])) return undefined;
  const name = field.at('name').text();
  const textOr = (each: Field, text: string) => (each.present ? each.text() : text);
  const kind = textOr(field.at('kind'), 'Deployment');
  const apiVersion = textOr(field.at('apiVersion'), 'apps/v1');
  if (name === undefined || kind === undefined || apiVersion === undefined) return undefined;
  return { apiVersion, kind, name };
}

function wholeOr(field: Field, least: number, value: number): number {
  return field.present ? (field.whole(least) ?? value) : value;
}

function readCounts(
  spec: Field,
): Pick<ScaledObject, 'minReplicaCount' | 'maxReplicaCount' | 'idleReplicaCount'> {
  const minReplicaCount = wholeOr(spec.at('minReplicaCount'), 0, scaledObjectDefaults.minReplicaCount);
  const maxReplicaCount = wholeOr(spec.at('maxReplicaCount'), 1, scaledObjectDefaults.maxReplicaCount);
  if (maxReplicaCount < minReplicaCount) {
    const max = spec.at('maxReplicaCount');
    if (max.present) max.wrong(`is ${maxReplicaCount}: must be minReplicaCount, ${minReplicaCount}, or more`);
    else
      spec
        .at('minReplicaCount')
        .wrong(`is ${minReplicaCount}: must be ${maxReplicaCount} or less unless there is a maxReplicaCount`);
  }
  const idle = spec.at('idleReplicaCount');
  if (!idle.present) return { minReplicaCount, maxReplicaCount };
  const idleReplicaCount = wholeOr(idle, 0, 0);
  if (idleReplicaCount >= minReplicaCount)
    idle.wrong(`is ${idleReplicaCount}: must be less than minReplicaCount, ${minReplicaCount}`);
  return { minReplicaCount, maxReplicaCount, idleReplicaCount };
}

function readTriggers(field: Field): Trigger[] | undefined {
  const elements = field.elements();
  if (elements === undefined) return field.present ? undefined : field.wrong('is required');
  if (elements.length === 0) return field.wrong('must have at least one trigger');
  const triggers = elements.map(readTrigger);
  const names = new Set<string>();
  for (const [i, trigger] of triggers.entries()) {
    const { name } = trigger ?? {};
    if (name !== undefined && names.has(name))
      elements[i]?.at('name').wrong(`is "${name}", which another trigger has already`);
    if (name !== undefined) names.add(name);
  }
  return triggers.filter((each) => each !== undefined);
}

const fallbacks = [
  'static',
  'currentReplicas',
  'currentReplicasIfHigher',
  'currentReplicasIfLower',
] as const satisfies readonly Fallback['behavior'][];

function readFallback(field: Field): Fallback | undefined {
  if (!field.present || !field.isObject(['failureThreshold', 'replicas', 'behavior'])) return undefined;
  const failureThreshold = field.at('failureThreshold').whole(0);
  const replicas = field.at('replicas').whole(0);
  const behavior = field.at('behavior').present ? field.at('behavior').oneOf(fallbacks) : 'static';
  if (failureThreshold === undefined || replicas === undefined || behavior === undefined) return undefined;
  return { failureThreshold, replicas, behavior };
}

function readAdvanced(field: Field, server: ApiServer): ScaledObject['behavior'] | undefined {
  const known = ['restoreToOriginalReplicaCount', 'horizontalPodAutoscalerConfig', 'scalingModifiers'];
  if (!field.present || !field.isObject(known)) return undefined;
  const modifiers = field.at('scalingModifiers');
  if (modifiers.present && Object.keys(modifiers.value as object).length > 0)
    modifiers.wrong('are not simulated: a formula over triggers needs their real values');
  const config = field.at('horizontalPodAutoscalerConfig');
  if (!config.present || !config.isObject(['name', 'behavior'])) return undefined;
  return readBehavior(config.at('behavior'), server);
}

/** The annotations that pause a ScaledObject. */
function readPaused(annotations: Field): Pick<ScaledObject, 'pausedScaleIn' | 'pausedScaleOut'> {
  if (!annotations.present) return {};
  const annotation = (name: string) => annotations.at(`autoscaling.keda.sh/${name}`);
  const isSet = (field: Field) => field.present && field.value !== 'false';
  for (const name of ['paused', 'paused-replicas'])
    if (isSet(annotation(name)))
      annotation(name).wrong(
        'pauses the ScaledObject, which scales nothing then: leave it out to simulate it',
      );
  return {
    ...(isSet(annotation('paused-scale-in')) ? { pausedScaleIn: true } : {}),
    ...(isSet(annotation('paused-scale-out')) ? { pausedScaleOut: true } : {}),
  };
}
