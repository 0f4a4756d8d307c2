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
