import { z } from 'zod';
import { FxscaleError, messageOf } from './errors.ts';
import type { Condition } from './models/hpa/conditions.ts';
import { type Controller, controllerOf } from './models/hpa/controller.ts';
import { withDefaults } from './models/hpa/defaults.ts';
import type { Observation, Pod, Reading, Sample } from './models/hpa/observation.ts';
import { approximate, parseQuantity } from './models/hpa/quantity.ts';
import type { MetricSpec, WrittenRules } from './models/hpa/spec.ts';
import { newState } from './models/hpa/state.ts';
import { type Decision, sync } from './models/hpa/sync.ts';

/**
 * A trace: an HPA, and what its controller saw at each sync, one JSON object per line of a file. Times are seconds on
 * the clock of the trace, `_m` is milli-units. Unknown fields are ignored: a trace may hold what was expected.
 */
const count = z.int().min(0);
const milli = z.int();
const seconds = z.number().min(0);

const tolerance = z.union([z.string(), z.number()]).transform((value, context) => {
  try {
    return approximate(parseQuantity(String(value)));
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
    return z.NEVER;
  }
});

const rules = z.object({
  stabilizationWindowSeconds: z.int().min(0).max(3600).nullish(),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']).nullish(),
  policies: z
    .array(
      z.object({
        type: z.enum(['Pods', 'Percent']),
        value: z.int().min(1),
        periodSeconds: z.int().min(1).max(1800),
      }),
    )
    .min(1)
    .nullish(),
  tolerance: tolerance.nullish(),
});

const perPodTarget = {
  averageUtilization: z.int().min(1).optional(),
  averageValue_m: milli.min(1).optional(),
};
const totalTarget = { value_m: milli.min(1).optional(), averageValue_m: milli.min(1).optional() };
const oneTarget = (metric: object) =>
  ['averageUtilization', 'averageValue_m', 'value_m'].filter((name) => name in metric).length === 1;
const oneTargetText = {
  error: 'has to have exactly one target: averageUtilization, averageValue_m or value_m',
};

const metric = z.discriminatedUnion('type', [
  z
    .object({ type: z.literal('Resource'), name: z.string(), ...perPodTarget })
    .refine(oneTarget, oneTargetText),
  z
    .object({
      type: z.literal('ContainerResource'),
      name: z.string(),
      container: z.string(),
      ...perPodTarget,
    })
    .refine(oneTarget, oneTargetText),
  z.object({ type: z.literal('Pods'), name: z.string().default('metric'), averageValue_m: milli.min(1) }),
  z
    .object({ type: z.literal('Object'), name: z.string().default('metric'), ...totalTarget })
    .refine(oneTarget, oneTargetText),
  z
    .object({ type: z.literal('External'), name: z.string().default('metric'), ...totalTarget })
    .refine(oneTarget, oneTargetText),
]);

const phases = { P: 'Pending', R: 'Running', S: 'Succeeded', F: 'Failed', U: 'Unknown' } as const;

const pod = z.object({
  ph: z.enum(['P', 'R', 'S', 'F', 'U']),
  /** Ready; absent without a Ready condition. */
  rd: z.boolean().nullish(),
  /** The last change of the Ready condition. */
  tr: z.number().nullish(),
  /** The start; absent before a kubelet took the pod. */
  st: z.number().nullish(),
  del: z.boolean().nullish(),
  /** The sample and its time; absent without one. */
  v: milli.nullish(),
  ts: z.number().nullish(),
});

const step = z.object({
  t: z.number(),
  spec: count,
  status: count,
  readyRunning: count.nullish(),
  /** The total of an Object or External metric; null when it could not be read. */
  value_m: milli.nullish(),
  pods: z.array(pod).nullish(),
});

const trace = z
  .object({
    id: z.string(),
    minReplicas: count.nullish(),
    maxReplicas: z.int().min(1),
    metrics: z.array(metric).min(1),
    behavior: z.object({ scaleUp: rules.nullish(), scaleDown: rules.nullish() }).nullish(),
    tolerance: z.number().min(0).nullish(),
    request_m: milli.min(0).nullish(),
    window_s: seconds.nullish(),
    cpuInitializationPeriodSeconds: seconds.nullish(),
    initialReadinessDelaySeconds: seconds.nullish(),
    downscaleStabilizationSeconds: seconds.nullish(),
    steps: z.array(step),
  })
  .refine(({ minReplicas, maxReplicas }) => (minReplicas ?? 1) <= maxReplicas, {
    path: ['maxReplicas'],
    error: 'is below minReplicas',
  });

export type Trace = z.infer<typeof trace>;
type Step = Trace['steps'][number];

/** One line of a trace file; `where` names it in errors. Throws FILE with the path of the field that is wrong. */
export function parseTrace(line: string, where: string): Trace {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new FxscaleError('FILE', `${where}: this line is not JSON: ${messageOf(cause)}`, { cause });
  }
  const parsed = trace.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? [])
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  throw new FxscaleError('FILE', `${where}: ${path === '' ? 'this line' : path}: ${issue?.message}`);
}

/** The notation of the traces: `T:ReadyForNewScale`. */
export type ReplayedDecision = {
  replicas: number;
  /** The proposal before stabilization; absent when there was none. */
  rec?: number;
  able: string | null;
  active: string | null;
  limited: string | null;
};

export type Replayed = { id: string; decisions: ReplayedDecision[] };

/** What the controller of the Kubernetes release with the minor version `release` decides on the inputs of `trace`. */
export function replayTrace(trace: Trace, release: number): Replayed {
  const controller = controllerOfTrace(trace, release);
  const state = newState();
  const decisions = trace.steps.map((each) => inNotation(sync(controller, state, observe(trace, each))));
  return { id: trace.id, decisions };
}

export function controllerOfTrace(trace: Trace, release: number): Controller {
  const { behavior } = trace;
  const hpa = withDefaults({
    name: trace.id,
    scaleTarget: { apiVersion: 'apps/v1', kind: 'Deployment', name: trace.id },
    minReplicas: trace.minReplicas ?? 1,
    maxReplicas: trace.maxReplicas,
    metrics: trace.metrics.map(metricOf),
    ...(behavior
      ? { behavior: present({ scaleUp: rulesOf(behavior.scaleUp), scaleDown: rulesOf(behavior.scaleDown) }) }
      : {}),
  });
  const flags = present({
    tolerance: trace.tolerance,
    cpuInitializationPeriod: trace.cpuInitializationPeriodSeconds,
    initialReadinessDelay: trace.initialReadinessDelaySeconds,
    downscaleStabilization: trace.downscaleStabilizationSeconds,
  });
  return controllerOf(hpa, { flags, release });
}

function rulesOf(written: z.infer<typeof rules> | null | undefined): WrittenRules | undefined {
  return written ? present(written) : undefined;
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Without the fields that are null or undefined. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Present<T>;
}

function metricOf(written: Trace['metrics'][number]): MetricSpec {
  const { type, name } = written;
  switch (type) {
    case 'Resource':
      return { type, name, target: perPod(written) };
    case 'ContainerResource':
      return { type, name, container: written.container, target: perPod(written) };
    case 'Pods':
      return { type, name, target: { type: 'AverageValue', averageValue: written.averageValue_m } };
    case 'Object':
      return { type, name, object: { kind: 'Service', name: 'object' }, target: total(written) };
    case 'External':
      return { type, name, target: total(written) };
  }
}

function perPod(target: { averageUtilization?: number | undefined; averageValue_m?: number | undefined }) {
  return target.averageUtilization === undefined
    ? ({ type: 'AverageValue', averageValue: target.averageValue_m ?? Number.NaN } as const)
    : ({ type: 'Utilization', averageUtilization: target.averageUtilization } as const);
}

function total(target: { value_m?: number | undefined; averageValue_m?: number | undefined }) {
  return target.value_m === undefined
    ? ({ type: 'AverageValue', averageValue: target.averageValue_m ?? Number.NaN } as const)
    : ({ type: 'Value', value: target.value_m } as const);
}

/** What the controller saw at one step. */
export function observe(trace: Trace, step: Step): Observation {
  const written = step.pods ?? [];
  const window = trace.window_s ?? 60;
  const pods = written.map(podOf);
  const samples = written.map((each) => sampleOf(each, window, step.t));
  const perPod: Reading = samples.some((sample) => sample !== null)
    ? { kind: 'pods', samples, requests: written.map(() => trace.request_m) }
    : { kind: 'failed', failure: 'no metrics returned' };
  const totals: Reading =
    typeof step.value_m === 'number'
      ? { kind: 'total', value: step.value_m }
      : { kind: 'failed', failure: 'no metric returned' };
  return {
    now: step.t,
    spec: step.spec,
    status: step.status,
    pods,
    readings: trace.metrics.map(({ type }) => (type === 'Object' || type === 'External' ? totals : perPod)),
    ...present({ readyRunning: step.readyRunning }),
  };
}

function podOf({ ph, rd, tr, st, del }: z.infer<typeof pod>): Pod {
  return {
    phase: phases[ph],
    deleting: del ?? false,
    ready: rd ?? null,
    readySince: tr ?? 0,
    startedAt: st ?? null,
  };
}

function sampleOf({ v, ts }: z.infer<typeof pod>, window: number, now: number): Sample | null {
  return typeof v === 'number' ? { value: v, time: ts ?? now, window } : null;
}

function inNotation(decision: Decision): ReplayedDecision {
  const { replicas, recommendation, able, active, limited } = decision;
  return {
    replicas,
    ...(recommendation === null ? {} : { rec: recommendation }),
    able: conditionText(able),
    active: conditionText(active),
    limited: conditionText(limited),
  };
}

function conditionText(condition: Condition | null): string | null {
  return condition === null ? null : `${condition.status ? 'T' : 'F'}:${condition.reason}`;
}
