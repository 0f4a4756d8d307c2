import { Field, type FieldError } from './fields.ts';
import { approximate } from './quantity.ts';
import type { ScalingPolicy, WrittenHpa, WrittenRules } from './spec.ts';
import { readMetric, readReference } from './validate-metrics.ts';

/** What the API server of a release allows; `release` is the minor version. */
export type ApiServer = {
  readonly release: number;
  /** Overrides the gate HPAScaleToZero, which is on since 1.37. */
  readonly scaleToZero?: boolean;
};

/** Either an HPA or what is wrong with it. */
export type Validated =
  | { readonly hpa: WrittenHpa; readonly errors: readonly [] }
  | { readonly hpa: null; readonly errors: readonly FieldError[] };

const MAX_WINDOW = 3600;
const MAX_PERIOD = 1800;
/** A DNS subdomain, RFC 1123. */
const nameForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * The object of an `autoscaling/v2` manifest, by the rules of the API server; `validateHorizontalPodAutoscaler` of
 * k8s.io/kubernetes/pkg/apis/autoscaling/validation. Unknown fields are refused, as `kubectl apply` does.
 */
export function validateHpa(manifest: unknown, server: ApiServer): Validated {
  const root = new Field(manifest);
  const hpa = readHpaObject(root, server);
  if (root.errors.length > 0 || hpa === undefined) return { hpa: null, errors: root.errors };
  return { hpa, errors: [] };
}

function readHpaObject(root: Field, server: ApiServer): WrittenHpa | undefined {
  if (!root.isObject(['apiVersion', 'kind', 'metadata', 'spec', 'status'])) return undefined;
  checkVersion(root.at('apiVersion'));
  if (root.at('kind').value !== 'HorizontalPodAutoscaler')
    root.at('kind').wrong(`is ${JSON.stringify(root.at('kind').value)}: must be HorizontalPodAutoscaler`);
  const metadata = root.at('metadata');
  const name = readName(metadata.at('name'));
  const namespace = metadata.at('namespace').present ? metadata.at('namespace').text() : undefined;
  const spec = root.at('spec');
  if (!spec.isObject(['scaleTargetRef', 'minReplicas', 'maxReplicas', 'metrics', 'behavior']))
    return undefined;
  const scaleTarget = readReference(spec.at('scaleTargetRef'));
  const replicas = readReplicas(spec, server);
  const metrics = spec.at('metrics').elements()?.map(readMetric);
  const behavior = readBehavior(spec.at('behavior'), server);
  if (
    replicas?.minReplicas === 0 &&
    !metrics?.some((each) => each?.type === 'Object' || each?.type === 'External')
  )
    spec.at('metrics').wrong('needs an Object or External metric to scale to zero replicas');
  if (name === undefined || scaleTarget === undefined || replicas === undefined) return undefined;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    scaleTarget,
    ...replicas,
    ...(metrics === undefined ? {} : { metrics: metrics.filter((each) => each !== undefined) }),
    ...(behavior === undefined ? {} : { behavior }),
  };
}

function checkVersion(field: Field): void {
  const { value } = field;
  if (value === 'autoscaling/v2') return;
  const shown = JSON.stringify(value);
  if (value === 'autoscaling/v2beta1' || value === 'autoscaling/v2beta2')
    field.wrong(`is ${shown}, which is gone since Kubernetes 1.26: write autoscaling/v2`);
  else if (!field.present) field.wrong('is required: write autoscaling/v2');
  else field.wrong(`is ${shown}: must be autoscaling/v2`);
}

export function readName(field: Field): string | undefined {
  const name = field.text();
  if (name === undefined || (nameForm.test(name) && name.length <= 253)) return name;
  return field.wrong(`is ${JSON.stringify(name)}: must be lower-case letters, digits, - and . only`);
}

function readReplicas(spec: Field, { release, scaleToZero = release >= 37 }: ApiServer) {
  const maxReplicas = spec.at('maxReplicas').whole(1);
  const min = spec.at('minReplicas');
  if (!min.present) return maxReplicas === undefined ? undefined : { maxReplicas };
  if (min.value === 0 && !scaleToZero)
    return min.wrong(
      'is 0: must be 1 or more; scaling to zero needs Kubernetes 1.37 or the gate HPAScaleToZero',
    );
  const minReplicas = min.whole(0);
  if (minReplicas === undefined || maxReplicas === undefined) return undefined;
  if (maxReplicas < minReplicas)
    return spec.at('maxReplicas').wrong(`is ${maxReplicas}: must be minReplicas, ${minReplicas}, or more`);
  return { minReplicas, maxReplicas };
}

export function readBehavior(field: Field, server: ApiServer): WrittenHpa['behavior'] | undefined {
  if (!field.present || !field.isObject(['scaleUp', 'scaleDown'])) return undefined;
  const scaleUp = readRules(field.at('scaleUp'), server);
  const scaleDown = readRules(field.at('scaleDown'), server);
  return { ...(scaleUp ? { scaleUp } : {}), ...(scaleDown ? { scaleDown } : {}) };
}

function readRules(field: Field, { release }: ApiServer): WrittenRules | undefined {
  const known = ['stabilizationWindowSeconds', 'selectPolicy', 'policies', 'tolerance'];
  if (!field.present || !field.isObject(known)) return undefined;
  const [window, select, list, tolerance] = known.map((name) => field.at(name)) as [
    Field,
    Field,
    Field,
    Field,
  ];
  const stabilizationWindowSeconds = window.present ? window.whole(0, MAX_WINDOW) : undefined;
  const selectPolicy = select.present ? select.oneOf(['Max', 'Min', 'Disabled'] as const) : undefined;
  const policies = list.elements()?.map(readPolicy);
  if (policies?.length === 0) list.wrong('must have at least one policy');
  return {
    ...(stabilizationWindowSeconds === undefined ? {} : { stabilizationWindowSeconds }),
    ...(selectPolicy === undefined ? {} : { selectPolicy }),
    ...(policies === undefined ? {} : { policies: policies.filter((each) => each !== undefined) }),
    ...readTolerance(tolerance, release),
  };
}

function readTolerance(field: Field, release: number): { tolerance?: number } {
  if (!field.present) return {};
  if (release < 33) field.wrong(`is not a field before Kubernetes 1.33, and this is 1.${release}`);
  const quantity = field.quantity();
  if (quantity === undefined) return {};
  if (quantity.nano < 0n) field.wrong(`is ${String(field.value)}: must not be negative`);
  return { tolerance: approximate(quantity) };
}

function readPolicy(field: Field): ScalingPolicy | undefined {
  if (!field.isObject(['type', 'value', 'periodSeconds'])) return undefined;
  const type = field.at('type').oneOf(['Pods', 'Percent'] as const);
  const value = field.at('value').whole(1);
  const periodSeconds = field.at('periodSeconds').whole(1, MAX_PERIOD);
  if (type === undefined || value === undefined || periodSeconds === undefined) return undefined;
  return { type, value, periodSeconds };
}
