import { Field, type FieldError, isRecord } from './fields.ts';
import type { Hpa } from './spec.ts';

/** A `policy/v1` PodDisruptionBudget, as far as an HPA is concerned. */
export type Budget = {
  readonly name: string;
  readonly namespace: string;
  /** Pods, or a percentage such as `50%`; absent when the budget is told by maxUnavailable. */
  readonly minAvailable?: number | string;
  readonly labels: Readonly<Record<string, string>>;
};

/** What runs pods: a Deployment or a StatefulSet, with the labels of its pods. */
export type Workload = {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
};

export type ValidatedBudget =
  | { readonly budget: Budget; readonly errors: readonly [] }
  | { readonly budget: null; readonly errors: readonly FieldError[] };

/** By the rules of the API server for `minAvailable` and `maxUnavailable`: one of them, a count or a percentage. */
export function validateBudget(manifest: unknown): ValidatedBudget {
  const root = new Field(manifest);
  const [metadata, spec] = [root.at('metadata'), root.at('spec')];
  const name = metadata.at('name').text();
  const [available, unavailable] = [spec.at('minAvailable'), spec.at('maxUnavailable')];
  if (available.present && unavailable.present)
    unavailable.wrong('must not be there beside minAvailable: a budget has one of them');
  for (const field of [available, unavailable]) checkShare(field);
  const { value } = available;
  if (root.errors.length > 0 || name === undefined) return { budget: null, errors: root.errors };
  return {
    budget: {
      name,
      namespace: namespaceOf(manifest),
      ...(typeof value === 'number' || typeof value === 'string' ? { minAvailable: value } : {}),
      labels: labelsOf(spec.at('selector').at('matchLabels').value),
    },
    errors: [],
  };
}

function checkShare(field: Field): void {
  const { value } = field;
  if (!field.present || (typeof value === 'string' && /^\d+%$/.test(value))) return;
  if (typeof value === 'string')
    field.wrong(`is ${JSON.stringify(value)}: must be a count or a percentage such as 50%`);
  else field.whole(0);
}

/** The workload in an object of any kind; undefined for one that has no pods. */
export function workloadOf(object: unknown): Workload | undefined {
  const root = new Field(object);
  const [kind, name] = [root.at('kind').value, root.at('metadata').at('name').value];
  if ((kind !== 'Deployment' && kind !== 'StatefulSet') || typeof name !== 'string') return undefined;
  const labels = labelsOf(root.at('spec').at('template').at('metadata').at('labels').value);
  return { kind, name, namespace: namespaceOf(object), labels };
}

/**
 * The strictest `minAvailable` over the pods that `hpa` scales: by the labels of its target, or, when that is not
 * there, of a budget that names the target in its labels.
 */
export function minAvailableOf(
  { scaleTarget, namespace = 'default', minReplicas }: Pick<Hpa, 'scaleTarget' | 'namespace' | 'minReplicas'>,
  budgets: readonly Budget[],
  workloads: readonly Workload[],
): number | string | undefined {
  const target = workloads.find(
    ({ kind, name, namespace: of }) =>
      kind === scaleTarget.kind && name === scaleTarget.name && of === namespace,
  );
  const covers = ({ labels }: Budget) => {
    const wanted = Object.entries(labels);
    if (target === undefined) return wanted.some(([, value]) => value === scaleTarget.name);
    return wanted.every(([key, value]) => target.labels[key] === value);
  };
  const found = budgets
    .filter((budget) => budget.namespace === namespace && covers(budget))
    .flatMap(({ minAvailable }) => minAvailable ?? []);
  const pods = (each: number | string) => podsOf(each, minReplicas);
  return found.toSorted((a, b) => pods(b) - pods(a))[0];
}

/** Pods that a budget asks for among `replicas`; a percentage is rounded up. */
export function podsOf(budget: number | string, replicas: number): number {
  return typeof budget === 'number' ? budget : Math.ceil((Number.parseInt(budget, 10) * replicas) / 100);
}

function namespaceOf(object: unknown): string {
  const { value } = new Field(object).at('metadata').at('namespace');
  return typeof value === 'string' && value !== '' ? value : 'default';
}

function labelsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}
