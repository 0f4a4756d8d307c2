/**
 * An `autoscaling/v2` HorizontalPodAutoscaler, as far as the controller reads it. Quantities (`value`, `averageValue`)
 * are milli-units, as the controller uses them; tolerances are shares of one, times seconds, utilization whole percent.
 */
export type UtilizationTarget = { readonly type: 'Utilization'; readonly averageUtilization: number };
export type AverageValueTarget = { readonly type: 'AverageValue'; readonly averageValue: number };
export type ValueTarget = { readonly type: 'Value'; readonly value: number };

export type MetricSpec =
  | {
      readonly type: 'Resource';
      readonly name: string;
      readonly target: UtilizationTarget | AverageValueTarget;
    }
  | {
      readonly type: 'ContainerResource';
      readonly name: string;
      readonly container: string;
      readonly target: UtilizationTarget | AverageValueTarget;
    }
  | {
      readonly type: 'Pods';
      readonly name: string;
      readonly selector?: LabelSelector;
      readonly target: AverageValueTarget;
    }
  | {
      readonly type: 'Object';
      readonly name: string;
      readonly selector?: LabelSelector;
      readonly object: ObjectReference;
      readonly target: ValueTarget | AverageValueTarget;
    }
  | {
      readonly type: 'External';
      readonly name: string;
      readonly selector?: LabelSelector;
      readonly target: ValueTarget | AverageValueTarget;
    };

export type MetricType = MetricSpec['type'];

export type ObjectReference = { readonly apiVersion?: string; readonly kind: string; readonly name: string };

/** Which series of a metric; only shown, as the matching is the metrics server's. */
export type LabelSelector = {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
};

export type SelectPolicy = 'Max' | 'Min' | 'Disabled';

export type ScalingPolicy = {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodSeconds: number;
};

/** As written: what is absent is filled in by `defaults.ts`. */
export type WrittenRules = {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: SelectPolicy;
  readonly policies?: readonly ScalingPolicy[];
  readonly tolerance?: number;
};

export type WrittenHpa = {
  readonly name: string;
  readonly namespace?: string;
  readonly scaleTarget: ObjectReference;
  readonly minReplicas?: number;
  readonly maxReplicas: number;
  readonly metrics?: readonly MetricSpec[];
  readonly behavior?: { readonly scaleUp?: WrittenRules; readonly scaleDown?: WrittenRules };
};

export type ScalingRules = {
  /** Absent for scaling down when the manifest says nothing: the controller's flag holds then. */
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy: SelectPolicy;
  readonly policies: readonly ScalingPolicy[];
  /** Absent: the controller's flag. */
  readonly tolerance?: number;
};

/** With the defaults that the API server fills in. Without `behavior` the controller takes another path. */
export type Hpa = {
  readonly name: string;
  readonly namespace?: string;
  readonly scaleTarget: ObjectReference;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly MetricSpec[];
  readonly behavior?: { readonly scaleUp: ScalingRules; readonly scaleDown: ScalingRules };
};
