import { z } from 'zod';
import { FxscaleError, messageOf } from './errors.ts';
import { approximate, parseQuantity } from './models/hpa/quantity.ts';

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
export type TraceStep = Trace['steps'][number];

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
