import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder, fxscale, serve, start } from './fxscale.ts';

const folder = new Folder();
afterAll(() => rmSync(folder.path, { recursive: true }));

const manifest = (name: string, changes: Record<string, unknown> = {}) =>
  folder.write(
    `${name}.yaml`,
    JSON.stringify({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'trading' },
        minReplicas: 2,
        maxReplicas: 6,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
          },
        ],
        ...changes,
      },
    }),
  );
const small = manifest('small');
const large = manifest('large', { maxReplicas: 30, behavior: {} });
const traffic = ['--traffic', 'flat', '--mean', '200/s', '--event', 'nfp:4:15s:30m@3h', '--days', '0.25'];
const pod = ['--capacity', '100/s', '--cpu-per-request', '4ms'];

describe('fxscale simulate', () => {
  it('tells what several HPAs do side by side, where they fail and why', async () => {
    const { code, stdout, stderr } = await fxscale([
      'simulate',
      small,
      large,
      ...traffic,
      ...pod,
      '--engine',
      'fluid',
      '--price',
      '0.04',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^small does not keep p99 within 250ms for \d+ min of 6\.0 h/);
    expect(stdout).toContain('the HPA was at maxReplicas');
    expect(stdout).toContain('cpu resource utilization (percentage of request) above target');
    expect(stdout).toMatch(/^SLO not kept +\d+ min +\d+ min$/m);
    expect(stdout).toMatch(/^cost +\d+\.\d\d +\d+\.\d\d$/m);
    expect(stdout).toMatch(/● asked for/);
  });

  it('gives every step as JSON, with nothing lost', async () => {
    const { code, stdout } = await fxscale([
      'simulate',
      large,
      ...traffic,
      ...pod,
      '--json',
      '--engine',
      'fluid',
      '--holiday',
      '2026-06-01:America/New_York=0.5',
    ]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ schema: 'fxscale.simulation/1', engine: 'fluid', release: 36, seed: 1 });
    const [{ name, steps, cost, served, rejected, arrived, scalings }] = report.hpas;
    expect([name, cost, steps.length]).toEqual(['large', null, Math.round(21_600 / 15.02)]);
    expect(steps[0]).toMatchObject({ t: Date.parse('2026-06-01T00:00:00Z') / 1000, rate: 200, ready: 3 });
    // The day begins at 04:00 UTC.
    expect(steps.at(-1).rate).toBe(100);
    expect(steps[0].p99).toBeGreaterThan(steps[0].p50);
    expect(served + rejected + steps.at(-1).waiting).toBeCloseTo(arrived, 3);
    const rise = scalings.find(({ time }: { time: number }) => time >= steps[0].t + 3 * 3600);
    expect(rise.reason).toBe('cpu resource utilization (percentage of request) above target');
  });

  it('takes traffic from a file, and a floor for a known event', async () => {
    const rows = Array.from({ length: 61 }, (_, i) => `${1_767_571_200 + 60 * i},${i >= 30 ? 900 : 200}`);
    const file = folder.write('rate.csv', `time,rate\n${rows.join('\n')}\n`);
    const run = async (...more: string[]) => {
      const args = [
        'simulate',
        large,
        '--traffic',
        file,
        '--days',
        '0.04',
        ...pod,
        '--json',
        '--engine',
        'fluid',
        ...more,
      ];
      return JSON.parse((await fxscale(args)).stdout).hpas[0];
    };
    const without = await run();
    const floored = await run('--floor', '15@28m:20m');
    expect(without.violated).toBeGreaterThan(30);
    expect(floored.violated).toBe(0);
    expect(
      Math.max(...floored.steps.map(({ replicas }: { replicas: number }) => replicas)),
    ).toBeGreaterThanOrEqual(15);
  });

  it.each([
    [[small, '--mean', '5/s', ...pod], '--traffic is missing: name a preset'],
    [['nowhere.yaml', '--traffic', 'flat', '--mean', '5/s', ...pod], 'nowhere.yaml: ENOENT'],
    [[small, '--traffic', 'flat', '--mean', '5/s', '--plan', small], 'this is not a plan'],
  ])('refuses %j in one line', async (args, message) => {
    const { code, stdout, stderr } = await fxscale(['simulate', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('asks what a custom metric is when its name does not say', async () => {
    const metrics = [
      {
        type: 'Pods',
        pods: { metric: { name: 'orders' }, target: { type: 'AverageValue', averageValue: '50' } },
      },
    ];
    const file = manifest('custom', { metrics });
    const refused = await fxscale(['simulate', file, ...traffic, ...pod]);
    expect(refused.stderr).toContain('what is the metric orders? Say it with --metric orders=rate');
    const told = await fxscale([
      'simulate',
      file,
      ...traffic,
      ...pod,
      '--metric',
      'orders=rate',
      '--engine',
      'fluid',
    ]);
    expect(told.stdout).toContain('pods metric orders above target');
  });

  it('simulates the HPA of a plan', async () => {
    const planned = await fxscale(['plan', '--rps', '1000', '--latency', '100ms', '--json', '--no-simulate']);
    const plan = folder.write('plan.json', planned.stdout);
    const { code, stdout, stderr } = await fxscale([
      'simulate',
      plan,
      ...traffic,
      ...pod,
      '--engine',
      'fluid',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('replicas');
  });
});

describe('fxscale simulate --from-prometheus', () => {
  /** An hour of four pods at 200 requests/s, and then two of eight pods at 400; CPU as cAdvisor counts it. */
  const recorded = (query: string, t: number) => {
    const late = t >= 1_767_571_200 + 3600;
    if (query.includes('kube_deployment_spec_replicas')) return late ? 8 : 4;
    return query.includes('container_cpu_usage_seconds_total') ? (late ? 1.6 : 0.8) : Number.NaN;
  };
  const prometheus = () =>
    serve((request, response) => {
      const asked = new URL(request.url ?? '', 'http://x').searchParams;
      const [from, to, step] = ['start', 'end', 'step'].map((name) => Number(asked.get(name))) as [
        number,
        number,
        number,
      ];
      const query = asked.get('query') ?? '';
      const values: [number, string][] = [];
      for (let t = from; t <= to; t += step) values.push([t, String(recorded(query, t))]);
      const result = query.includes('nothing') ? [] : [{ metric: {}, values }];
      const body = { status: 'success', data: { resultType: 'matrix', result } };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  const args = [...pod, '--start', '2026-01-05T00:00:00Z', '--days', '0.125', '--engine', 'fluid'];

  it('runs a manifest on a recorded load, and compares it with the recorded replicas', async () => {
    const server = await prometheus();
    try {
      const source = ['--from-prometheus', server.url, ...args];
      const { code, stdout } = await fxscale(['simulate', large, ...source, '--json']);
      expect(code).toBe(0);
      const [{ comparison, steps }] = JSON.parse(stdout).hpas;
      expect([steps[0].rate, steps.at(-1).rate]).toEqual([200, 400]);
      // At 60 % of 500m and 4 ms a pod takes 75/s, within a tenth: three pods, and then five or six.
      expect(steps[30].replicas).toBe(3);
      expect([5, 6]).toContain(steps.at(-1).replicas);
      expect(comparison.recordedPodHours).toBeCloseTo(4 + 2 * 8, 0);
      expect(comparison.askedPodHours).toBeLessThan(comparison.recordedPodHours);
      const none = await fxscale(['simulate', large, ...source, '--replicas-query', 'nothing']);
      expect([none.code, none.stderr]).toEqual([
        2,
        'fxscale: --from-prometheus: no series matches: give a --replicas-query that was recorded all that time\n',
      ]);
      const both = await fxscale(['simulate', large, ...source, '--traffic', 'flat']);
      expect(both.stderr).toContain('--traffic and --from-prometheus both say what the load is');
    } finally {
      server.close();
    }
  });

  it('says when Prometheus is not there', async () => {
    const { code, stderr } = await fxscale([
      'simulate',
      large,
      '--from-prometheus',
      'http://127.0.0.1:1',
      ...args,
    ]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^fxscale: --from-prometheus, --load-query: .*ECONNREFUSED/);
  });
});

describe('fxscale simulate tune', () => {
  const tune = ['simulate', 'tune', small, ...traffic, ...pod, '--threads', '1'];

  it('finds an HPA within the budget that is better than the one given, and says why', async () => {
    const args = [...tune, '--candidates', '20', '--seeds', '2', '--budget', '2%', '-q'];
    const { code, stdout, stderr } = await fxscale(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^The cheapest HPA within the budget: /);
    expect(stdout).toContain("the platform document's HPA: cpu 70% + memory 80%, 2 to 20");
    expect(stdout).toMatch(/^> +[\d.]+ +[\d.]+ (?:min|s|h) /m);
    expect(stdout).toContain('Against small, which is');
    expect(stdout).toContain('kind: HorizontalPodAutoscaler');
  });

  it('gives the best so far at Ctrl-C', async () => {
    const running = start([...tune, '--candidates', '3000', '--json']);
    await running.saw(/Trying 3,002 HPAs on 1 thread/);
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(105);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'fxscale.tune/1', interrupted: true });
  });
});
