import { afterAll, expect, it } from 'vitest';
import { Folder, fxscale } from './fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());

const manifest = `apiVersion: v1
kind: List
items:
- apiVersion: keda.sh/v1alpha1
  kind: ScaledObject
  metadata: { name: trades }
  spec:
    scaleTargetRef: { name: trade-processor }
    cooldownPeriod: 120
    maxReplicaCount: 12
    triggers:
    - type: kafka
      metadata: { bootstrapServers: b, consumerGroup: g, topic: t, lagThreshold: "100" }
- apiVersion: autoscaling/v2
  kind: HorizontalPodAutoscaler
  metadata: { name: on-cpu }
  spec:
    scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: trade-processor }
    minReplicas: 2
    maxReplicas: 8
`;
const budget = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: trades }
spec: { minAvailable: 2, selector: { matchLabels: { app: trade-processor } } }
`;
/** Half an hour of nothing, half an hour of 300 records a second, and then nothing. */
const rows = Array.from({ length: 91 }, (_, i) => `${1_767_571_200 + 60 * i},${i >= 30 && i < 60 ? 300 : 0}`);
const files = [folder.write('list.yaml', manifest), folder.write('pdb.yaml', budget)];
const world = [
  ...['--traffic', folder.write('rate.csv', `time,rate\n${rows.join('\n')}\n`), '--days', '0.0625'],
  ...['--capacity', '100/s', '--cpu-per-request', '3ms', '--slo', 'p99=30s', '--engine', 'fluid'],
];

it('simulates the consumers of a topic under KEDA from zero to zero, beside an HPA on CPU, and says what is unwise', async () => {
  const args = ['simulate', ...files, ...world, '--partitions', '8'];
  const [json, text, refused] = await Promise.all([
    fxscale([...args, '--json']),
    fxscale(args),
    fxscale(['simulate', ...files, ...world]),
  ]);
  expect([json.code, json.stderr, text.code]).toEqual([0, '', 0]);
  const [keda, cpu] = JSON.parse(json.stdout).hpas;
  expect([keda.name, cpu.name]).toEqual(['trades', 'on-cpu']);
  expect([keda.steps[0].replicas, keda.steps.at(-1).replicas]).toEqual([0, 0]);
  expect(keda.scalings[0]).toMatchObject({
    from: 0,
    to: 1,
    reason: expect.stringMatching(/^KEDAScaleTargetActivated/),
  });
  expect(keda.scalings.at(-1)).toMatchObject({
    to: 0,
    reason: expect.stringMatching(/^KEDAScaleTargetDeactivated/),
  });
  expect(keda.served + keda.steps.at(-1).waiting).toBeCloseTo(keda.arrived, 3);
  expect(keda.findings.map(({ code }: { code: string }) => code)).toEqual([
    'MIN_IS_MIN_AVAILABLE',
    'MORE_THAN_PARTITIONS',
  ]);
  expect(cpu.findings).toEqual([
    { code: 'MIN_IS_MIN_AVAILABLE', severity: 'warning', args: { minReplicas: 2, minAvailable: 2 } },
  ]);
  expect(text.stdout).toMatch(/^Unwise:\n {2}trades: The disruption budget asks for 2 pods/m);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toMatch(/^fxscale: --partitions is missing: [^\n]+\n$/);
});

it('tunes a ScaledObject to a ScaledObject, the same one on one thread and on two', async () => {
  const few = ['--candidates', '8', '--seeds', '1', '--budget', '10%'];
  const args = ['simulate', 'tune', ...files, ...world, '--partitions', '8', '-q', ...few];
  const [{ code, stdout, stderr }, other] = await Promise.all([
    fxscale([...args, '--threads', '1']),
    fxscale([...args, '--threads', '2', '--json']),
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^The cheapest HPA within the budget: /);
  expect(stdout).toContain('kind: ScaledObject');
  expect(stdout).toMatch(/lagThreshold: "\d+"/);
  expect(stdout).toContain(JSON.parse(other.stdout).manifest.trimEnd());
  expect(stdout).toMatch(/^Unwise:\n/m);
});
