/** The conditions of an HPA's status. A sync that skips the step which sets one leaves the old value. */
export type Condition = { readonly status: boolean; readonly reason: string };

const met = (reason: string): Condition => Object.freeze({ status: true, reason });
const unmet = (reason: string): Condition => Object.freeze({ status: false, reason });

/** AbleToScale: can the scale of the target be read and written, and does stabilization hold it? */
export const able = {
  SucceededGetScale: met('SucceededGetScale'),
  FailedGetScale: unmet('FailedGetScale'),
  ReadyForNewScale: met('ReadyForNewScale'),
  ScaleUpStabilized: met('ScaleUpStabilized'),
  ScaleDownStabilized: met('ScaleDownStabilized'),
  SucceededRescale: met('SucceededRescale'),
  FailedUpdateScale: unmet('FailedUpdateScale'),
} as const;

/** ScalingActive: was a proposal computed? */
export const active = {
  ValidMetricFound: met('ValidMetricFound'),
  ScalingDisabled: unmet('ScalingDisabled'),
  InvalidSelector: unmet('InvalidSelector'),
  /** The target's pods are matched by the selectors of two HPAs. */
  AmbiguousSelector: unmet('AmbiguousSelector'),
  Resource: unmet('FailedGetResourceMetric'),
  ContainerResource: unmet('FailedGetContainerResourceMetric'),
  Pods: unmet('FailedGetPodsMetric'),
  Object: unmet('FailedGetObjectMetric'),
  External: unmet('FailedGetExternalMetric'),
} as const;

export type LimitReason =
  | 'DesiredWithinRange'
  | 'ScaleUpLimit'
  | 'ScaleDownLimit'
  | 'TooManyReplicas'
  | 'TooFewReplicas';

/** ScalingLimited: met when a limit changed the stabilized proposal. */
export const limited: Readonly<Record<LimitReason, Condition>> = {
  DesiredWithinRange: unmet('DesiredWithinRange'),
  ScaleUpLimit: met('ScaleUpLimit'),
  ScaleDownLimit: met('ScaleDownLimit'),
  TooManyReplicas: met('TooManyReplicas'),
  TooFewReplicas: met('TooFewReplicas'),
};

/** ScaledToZero, since 1.37: was it the HPA that took the target to zero? */
export const scaledToZero = {
  ScaledToZero: met('ScaledToZero'),
  NotScaledToZero: unmet('NotScaledToZero'),
} as const;
