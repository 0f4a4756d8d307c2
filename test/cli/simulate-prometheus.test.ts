import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPrometheus } from '../../tools/services/prometheus.mjs';
import { missing } from '../requirements.ts';
import { Folder, fxscale } from './fxscale.ts';

const START = Date.parse('2026-01-05T00:00:00Z') / 1000;
const HOUR = 3600;
const SCRAPE = 15;

/**
 * Two hours as cAdvisor and kube-state-metrics tell of them: four pods that use 0.2 cores each, and in the second hour
 * eight. Beside them the pause container and the cgroup of the first pod, and a workload whose name begins alike.
 */
function recorded(): string {
  const cpu: string[] = [];
  const replicas: string[] = [];
  const count = (pod: string, container: string, cores: number, from: number) => {
    for (let t = from; t <= START + 2 * HOUR; t += SCRAPE)
      cpu.push(
        `container_cpu_usage_seconds_total{namespace="fx",pod="${pod}",container="${container}"} ${cores * (t - from)} ${t}`,
      );
  };
  for (let i = 0; i < 8; i++) count(`trading-6d4b9c7f58-pod0${i}`, 'app', 0.2, i < 4 ? START : START + HOUR);
  count('trading-6d4b9c7f58-pod00', 'POD', 1, START);
  count('trading-6d4b9c7f58-pod00', '', 1.2, START);
  count('trading-api-6d4b9c7f58-pod00', 'app', 3, START);
  for (let t = START; t <= START + 2 * HOUR; t += SCRAPE)
    for (const [deployment, now] of [
      ['trading', t < START + HOUR ? 4 : 8],
      ['trading-api', 30],
    ])
      replicas.push(`kube_deployment_spec_replicas{namespace="fx",deployment="${deployment}"} ${now} ${t}`);
  return [
    '# TYPE container_cpu_usage_seconds counter',
    ...cpu,
    '# TYPE kube_deployment_spec_replicas gauge',
    ...replicas,
    '# EOF\n',
  ].join('\n');
}

const manifest = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'trading', namespace: 'fx' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'trading' },
    minReplicas: 2,
    maxReplicas: 30,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
      },
    ],
  },
};

describe.skipIf(missing('prometheus') !== undefined)(
  'fxscale simulate --from-prometheus, a real one,',
  () => {
    const folder = new Folder();
    let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

    beforeAll(async () => {
      const own = path.join(folder.path, 'prometheus');
      const text = folder.write('recorded.txt', recorded());
      const blocks = ['tsdb', 'create-blocks-from', 'openmetrics', text, path.join(own, 'data')];
      const { status, stderr } = spawnSync('promtool', blocks, { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
      prometheus = await startPrometheus({ folder: own, targets: [] });
    }, 30_000);

    afterAll(async () => {
      await prometheus?.stop();
      folder.remove();
    });

    it('runs a manifest on what was recorded of its target, and compares the replicas', async () => {
      const { code, stdout, stderr } = await fxscale([
        'simulate',
        folder.write('hpa.json', JSON.stringify(manifest)),
        '--from-prometheus',
        prometheus.url,
        ...['--start', '2026-01-05T00:00:00Z', '--days', '1'],
        ...['--capacity', '100/s', '--cpu-per-request', '4ms', '--engine', 'fluid', '--json'],
      ]);
      expect([code, stderr]).toEqual([0, '']);
      const [{ start, steps, comparison }] = JSON.parse(stdout).hpas;
      const at = (hours: number) => steps[Math.round((hours * HOUR - (start - START)) / 15.02)];
      // The first rate needs a second point.
      expect(start - START).toBe(SCRAPE);
      expect((steps.length * 15.02) / HOUR).toBeCloseTo(2, 1);
      // 0.8 and 1.6 cores at 4 ms a request; at 60 % of 500m a pod takes 75/s.
      expect([at(0.5).rate, at(1.5).rate]).toEqual([expect.closeTo(200, 6), expect.closeTo(400, 6)]);
      expect(at(0.9).replicas).toBe(3);
      expect([5, 6]).toContain(at(1.9).replicas);
      // A series ends some scrapes after its last point.
      expect(Math.abs(comparison.recordedPodHours - (4 + 8))).toBeLessThan(0.2);
      expect(comparison.askedPodHours).toBeGreaterThan(3 + 5);
      expect(comparison.askedPodHours).toBeLessThan(3 + 6 + 0.2);
      expect(comparison.same).toBeLessThan(0.01);
    });
  },
);
