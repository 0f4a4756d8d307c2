import type { AutoscalerMetric, HorizontalPodAutoscaler, ScalingRules } from './object.ts';

type Spec = HorizontalPodAutoscaler['spec'];

/** What is varied of an autoscaler, one after the other: each gives the variants of one. */
export type Dimension = (hpa: HorizontalPodAutoscaler) => HorizontalPodAutoscaler[];

/** Of a pod: its CPU, as a share of the request, and its rate where it just keeps the SLO, and the metric of that rate. */
export type PodScale = { fullUtilisation: number; fullRate: number; rateMetric: string };

/** Shares of what a pod does within the SLO. */
const targets = [0.25, 0.35, 0.45, 0.55, 0.65, 0.72, 0.79, 0.86, 0.93];
/** Of the pods between the least and what the peak needs. */
const minimums = [0, 0.1, 0.25, 0.5];
const ups: ScalingRules['policies'][] = [
  [{ type: 'Percent', value: 300, periodSeconds: 15 }],
  [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
  [{ type: 'Percent', value: 100, periodSeconds: 60 }],
];
const downWindows = [60, 120, 300, 600];
const downs: ScalingRules['policies'][] = [
  [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  [{ type: 'Percent', value: 50, periodSeconds: 60 }],
  [{ type: 'Percent', value: 10, periodSeconds: 60 }],
];

/**
 * The dimensions of the search: the target, the minimum, how fast pods are added, how patiently they are taken away. The
 * maximum is not among them: the database and the plan's reserve are sized for it.
 */
export function dimensionsOf(scale: PodScale, minimum: number, atPeak: number): Dimension[] {
  return [
    (hpa) => cpuTargets(hpa, scale),
    varied(({ maxReplicas }) =>
      minimums.map((share) => ({
        minReplicas: Math.min(maxReplicas, Math.max(minimum, Math.round(share * atPeak))),
      })),
    ),
    varied(({ behavior }) =>
      ups.map((policies) => ({ behavior: { ...behavior, scaleUp: { ...behavior.scaleUp, policies } } })),
    ),
    varied(({ behavior }) =>
      downWindows.flatMap((stabilizationWindowSeconds) =>
        downs.map((policies) => ({
          behavior: {
            ...behavior,
            scaleDown: { ...behavior.scaleDown, stabilizationWindowSeconds, policies },
          },
        })),
      ),
    ),
  ];
}

function varied(change: (spec: Spec) => Partial<Spec>[]): Dimension {
  return (hpa) => change(hpa.spec).map((part) => ({ ...hpa, spec: { ...hpa.spec, ...part } }));
}

/** `hpa` on CPU, from the lowest target to the highest. */
export function cpuTargets(hpa: HorizontalPodAutoscaler, scale: PodScale): HorizontalPodAutoscaler[] {
  return varied(() => targets.map((share) => ({ metrics: [cpuMetric(share, scale)] })))(hpa);
}

/** The same on requests per second and pod. */
export function rateTargets(hpa: HorizontalPodAutoscaler, scale: PodScale): HorizontalPodAutoscaler[] {
  return varied(() => targets.map((share) => ({ metrics: [rateMetric(share, scale)] })))(hpa);
}

function cpuMetric(share: number, { fullUtilisation }: PodScale): AutoscalerMetric {
  const averageUtilization = Math.max(1, Math.round(100 * share * fullUtilisation));
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

function rateMetric(share: number, { fullRate, rateMetric }: PodScale): AutoscalerMetric {
  const milli = Math.max(1, Math.round(1000 * share * fullRate));
  return {
    type: 'Pods',
    pods: { metric: { name: rateMetric }, target: { type: 'AverageValue', averageValue: quantity(milli) } },
  };
}

/** Above ten a pod a thousandth is nothing to anybody. */
function quantity(milli: number): string {
  return milli >= 10_000 ? String(Math.round(milli / 1000)) : `${milli}m`;
}
