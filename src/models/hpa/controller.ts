import type { Hpa, MetricSpec, ScalingRules } from './spec.ts';
import { defaultRelease, type Features, featuresOf } from './version.ts';

/** The flags of kube-controller-manager that the decisions depend on, with its defaults. Seconds, shares of one. */
export type Flags = {
  /** `--horizontal-pod-autoscaler-tolerance` */
  readonly tolerance: number;
  /** `--horizontal-pod-autoscaler-cpu-initialization-period` */
  readonly cpuInitializationPeriod: number;
  /** `--horizontal-pod-autoscaler-initial-readiness-delay` */
  readonly initialReadinessDelay: number;
  /** `--horizontal-pod-autoscaler-downscale-stabilization` */
  readonly downscaleStabilization: number;
};

export const defaultFlags: Flags = {
  tolerance: 0.1,
  cpuInitializationPeriod: 300,
  initialReadinessDelay: 30,
  downscaleStabilization: 300,
};

/** Rules of one direction, complete; `longest` is the longest period of their policies, seconds. */
export type Rules = ScalingRules & { readonly stabilizationWindowSeconds: number; readonly longest: number };

/** One HPA as one controller sees it: everything that stays the same between syncs. */
export type Controller = Flags & {
  readonly hpa: Hpa;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly MetricSpec[];
  readonly features: Features;
  readonly toleranceUp: number;
  readonly toleranceDown: number;
  /** Absent when the HPA has no `behavior`: the legacy path. */
  readonly behavior?: { readonly up: Rules; readonly down: Rules };
};

export type ControllerSettings = {
  readonly flags?: Partial<Flags>;
  /** Minor version of Kubernetes. */
  readonly release?: number;
  /** Overrides the default of the gate HPAConfigurableTolerance. */
  readonly ownTolerance?: boolean;
};

/** Throws a RangeError for a release that is not known. */
export function controllerOf(hpa: Hpa, settings: ControllerSettings = {}): Controller {
  const flags = { ...defaultFlags, ...settings.flags };
  const { release = defaultRelease, ownTolerance } = settings;
  const features = featuresOf(release, ownTolerance === undefined ? {} : { ownTolerance });
  const { scaleUp, scaleDown } = hpa.behavior ?? {};
  const own = features.ownTolerance;
  return {
    ...flags,
    hpa,
    minReplicas: hpa.minReplicas,
    maxReplicas: hpa.maxReplicas,
    metrics: hpa.metrics,
    features,
    toleranceUp: (own ? scaleUp?.tolerance : undefined) ?? flags.tolerance,
    toleranceDown: (own ? scaleDown?.tolerance : undefined) ?? flags.tolerance,
    ...(scaleUp && scaleDown
      ? { behavior: { up: rulesOf(scaleUp, 0), down: rulesOf(scaleDown, flags.downscaleStabilization) } }
      : {}),
  };
}

function rulesOf(rules: ScalingRules, window: number): Rules {
  return {
    ...rules,
    stabilizationWindowSeconds: rules.stabilizationWindowSeconds ?? window,
    longest: Math.max(0, ...rules.policies.map(({ periodSeconds }) => periodSeconds)),
  };
}
