import { expect, it } from 'vitest';
import { readManifest } from '../../../src/manifests.ts';
import { minAvailableOf } from '../../../src/models/hpa/budget.ts';

const hpa = (more = '') => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: a, namespace: trading }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: trades }
  minReplicas: 3
  maxReplicas: 9
${more}`;
const budget = (spec: string, namespace = 'trading') => `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: b, namespace: ${namespace} }
spec: ${spec}
`;
const deployment = (labels: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: trades, namespace: trading }
spec: { template: { metadata: { labels: ${labels} } } }
`;

function found(text: string): number | string | undefined {
  const { autoscalers, budgets, workloads } = readManifest(text, 'x.yaml');
  const [first] = autoscalers;
  return first === undefined ? undefined : minAvailableOf(first.hpa, budgets, workloads);
}

it.each([
  [
    'names the target in its labels',
    budget('{ minAvailable: 3, selector: { matchLabels: { app: trades } } }'),
    3,
  ],
  ['is a percentage', budget('{ minAvailable: 50%, selector: { matchLabels: { app: trades } } }'), '50%'],
  ['is for other pods', budget('{ minAvailable: 3, selector: { matchLabels: { app: quotes } } }'), undefined],
  [
    'is of another namespace',
    budget('{ minAvailable: 3, selector: { matchLabels: { app: trades } } }', 'x'),
    undefined,
  ],
  [
    'tells what may be missing',
    budget('{ maxUnavailable: 1, selector: { matchLabels: { app: trades } } }'),
    undefined,
  ],
  [
    'selects the pods of the target',
    deployment('{ app: tp, tier: back }') +
      budget('{ minAvailable: 2, selector: { matchLabels: { tier: back } } }'),
    2,
  ],
  [
    'does not select the pods of the target',
    deployment('{ app: tp }') + budget('{ minAvailable: 2, selector: { matchLabels: { app: trades } } }'),
    undefined,
  ],
  [
    'is the strictest of two',
    budget('{ minAvailable: 1, selector: { matchLabels: { app: trades } } }') +
      budget('{ minAvailable: 80%, selector: { matchLabels: { app: trades } } }'),
    '80%',
  ],
])('finds a budget over the pods of an HPA that %s', (_, beside, minAvailable) => {
  expect(found(hpa() + beside)).toBe(minAvailable);
});

it.each([
  [
    '{ minAvailable: 1, maxUnavailable: 1 }',
    'x.yaml:12: spec.maxUnavailable: must not be there beside minAvailable: a budget has one of them',
  ],
  [
    '{ minAvailable: half }',
    'x.yaml:12: spec.minAvailable: is "half": must be a count or a percentage such as 50%',
  ],
  ['{ minAvailable: -1 }', 'x.yaml:12: spec.minAvailable: is -1: must be 0 or more'],
])('refuses a budget of %s', (spec, message) => {
  expect(() => found(hpa() + budget(spec))).toThrow(message);
});
