import { withDefaults } from '../../models/hpa/defaults.ts';
import { milliOf, parseQuantity } from '../../models/hpa/quantity.ts';
import type { Hpa, MetricSpec } from '../../models/hpa/spec.ts';

/** `autoscaling/v2`, the part of it that a plan uses. */
export type HorizontalPodAutoscaler = {
  apiVersion: 'autoscaling/v2';
  kind: 'HorizontalPodAutoscaler';
  metadata: { name: string };
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1'; kind: 'Deployment'; name: string };
    minReplicas: number;
    maxReplicas: number;
    metrics: AutoscalerMetric[];
    behavior: { scaleUp: ScalingRules; scaleDown: ScalingRules };
  };
};

export type ScalingRules = {
  stabilizationWindowSeconds: number;
  selectPolicy: 'Max' | 'Min' | 'Disabled';
  policies: { type: 'Pods' | 'Percent'; value: number; periodSeconds: number }[];
};

/** Values are Kubernetes quantities. */
export type AutoscalerMetric =
  | {
      type: 'Resource';
      resource: { name: 'cpu'; target: { type: 'Utilization'; averageUtilization: number } };
    }
  | {
      type: 'Pods';
      pods: { metric: { name: string }; target: { type: 'AverageValue'; averageValue: string } };
    }
  | {
      type: 'External';
      external: { metric: { name: string }; target: { type: 'AverageValue'; averageValue: string } };
    };

/** The same for the controller, which counts in thousandths. */
export function controllerForm({ metadata, spec }: HorizontalPodAutoscaler): Hpa {
  const { scaleTargetRef, minReplicas, maxReplicas, behavior } = spec;
  return withDefaults({
    name: metadata.name,
    scaleTarget: scaleTargetRef,
    minReplicas,
    maxReplicas,
    behavior,
    metrics: spec.metrics.map(metricForm),
  });
}

function metricForm(metric: AutoscalerMetric): MetricSpec {
  if (metric.type === 'Resource') return { type: 'Resource', ...metric.resource };
  const { metric: named, target } = metric.type === 'Pods' ? metric.pods : metric.external;
  const averageValue = Number(milliOf(parseQuantity(target.averageValue)));
  return { type: metric.type, name: named.name, target: { type: 'AverageValue', averageValue } };
}
