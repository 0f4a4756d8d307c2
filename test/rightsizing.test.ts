import { readFileSync } from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Rightsizing } from '../src/planners/rightsizing/types.ts';
import {
  openPrometheus,
  parseStep,
  parseUntil,
  parseWorkload,
  type RightsizeFlags,
} from '../src/rightsize-flags.ts';
import { rightsize } from '../src/rightsizing.ts';
import { startPrometheus } from '../tools/services/prometheus.mjs';
import { Folder, fxscale, serve } from './cli/fxscale.ts';
import { DAYS, loadAt, recordCluster, replicasAt, UNTIL } from './cluster-history.ts';
import { missing } from './requirements.ts';

const MIB = 2 ** 20;
const flags: RightsizeFlags = {
  ...{ history: DAYS * 86_400, step: 600, until: UNTIL, strategy: 'all', confidence: 0.95, seed: 1 },
  cpuLimits: 'none',
};
const run = (url: string, changes: Partial<RightsizeFlags> = {}, environment = {}) =>
  rightsize(
    url,
    { ...flags, ...changes },
    {
      ...{ environment, now: UNTIL },
      signal: new AbortController().signal,
      progress: () => undefined,
    },
  );

describe.skipIf(missing('prometheus') !== undefined)(
  'the right sizes of a cluster that Prometheus recorded',
  () => {
    const folder = new Folder();
    let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
    let report: Rightsizing;

    beforeAll(async () => {
      const own = path.join(folder.path, 'prometheus');
      recordCluster(own);
      prometheus = await startPrometheus({ folder: own, targets: [] });
    });
    afterAll(async () => {
      await prometheus?.stop();
      folder.remove();
    });

    it('are told by the command, with patches for what changes', async () => {
      const out = path.join(folder.path, 'patches');
      const args = [
        '--until',
        new Date(UNTIL * 1000).toISOString(),
        '--history',
        `${DAYS}d`,
        '--step',
        '10m',
      ];
      const { code, stdout, stderr } = await fxscale([
        'rightsize',
        prometheus.url,
        ...args,
        '--json',
        '--out',
        out,
      ]);
      expect(code).toBe(0);
      report = JSON.parse(stdout);
      expect(report).toMatchObject({
        schema: 'fxscale.rightsize/1',
        chosen: 'fxscale',
        riskiest: { name: 'web', finding: { code: 'OOM_KILLED' } },
        ignored: [{ kind: 'Job', pods: 1 }],
      });
      expect(report.workloads.map(({ name }) => name).sort()).toEqual(['api', 'fresh', 'store', 'web']);
      const files = ['deployment-api', 'deployment-web', 'horizontalpodautoscaler-api', 'statefulset-store'];
      const written = files.map((name) => path.join(out, `trading-${name}.yaml`));
      expect(stderr.trimEnd().split('\n').sort()).toEqual(written.map((file) => `fxscale: wrote ${file}`));
      const [api, , hpa] = written.map((file) => parse(readFileSync(file, 'utf8')));
      expect(api.spec.template.spec.containers[0].resources.limits).toEqual({
        cpu: null,
        memory: expect.stringMatching(/^3\d\dMi$/),
      });
      expect(hpa.spec.metrics[0].resource.target).toEqual({ type: 'Utilization', averageUtilization: 90 });
    });

    const workload = (name: string) =>
      report.workloads.find((each) => each.name === name) ?? expect.fail(name);

    it('keep the HPA where it is, by its recorded replicas', () => {
      const { replicas, containers, hpa } = workload('api');
      expect(replicas.now).toBe(replicasAt(UNTIL));
      expect(containers[0]?.now).toEqual({
        cpu: { request: 0.5, limit: 1 },
        memory: { request: 1024 * MIB, limit: 1024 * MIB },
      });
      const [pair] = hpa?.pairs ?? [];
      expect(pair).toMatchObject({ targetNow: 60, targetThen: 90, requestNow: 0.5, heldNow: 0.3 });
      expect(containers[0]?.advice.fxscale.cpu?.request).toBe(pair?.requestThen);
      expect(hpa?.replicas?.same).toBeGreaterThan(0.95);
      expect(hpa?.replicas?.recorded.most).toBe(8);
      expect(hpa?.replicas?.alone.mean).toBeGreaterThan(1.3 * (hpa?.replicas?.before.mean ?? 0));
      // The mean of a day: the load is the same every day.
      const mean =
        Array.from({ length: 144 }, (_, i) => replicasAt(UNTIL - i * 600)).reduce((a, b) => a + b) / 144;
      // A pod that has ended is in the rate for another 25 minutes.
      expect(replicas.mean / mean).toBeGreaterThan(0.99);
      expect(replicas.mean / mean).toBeLessThan(1.03);
      expect(loadAt(UNTIL) / replicasAt(UNTIL)).toBeLessThan(0.3);
    });

    it('see what ended containers, throttled them, and makes their work late', () => {
      const { findings, containers } = workload('web');
      const argsOf = (code: string) => findings.find((each) => each.code === code)?.args;
      expect(argsOf('OOM_KILLED')).toEqual({ container: 'web', count: 2, limit: 256 * MIB });
      expect(argsOf('CPU_THROTTLED')).toMatchObject({ share: expect.closeTo(0.08, 3), limit: 0.5 });
      // An hour of 0.2 cores more than the request, which the rest of the day catches up on.
      expect(argsOf('CPU_REQUEST_SHORT')).toMatchObject({ share: expect.closeTo(5 / 24, 1), left: 0 });
      const { fxscale: ours, krr } = containers[0]?.advice ?? expect.fail();
      expect(ours.memory?.limit).toBeGreaterThan(356 * MIB);
      expect(krr.memory?.limit).toBe(320 * MIB);
      // The p95 of time is below the hour of each day in which it works hardest; the p95 of its work is not.
      expect(krr.cpu?.request).toBe(0.2);
      expect(ours.cpu?.request).toBeGreaterThan(0.44);
    });

    it('are not told where a day of history is all there is, and are for each container of a pod', () => {
      const { containers, findings, saving } = workload('fresh');
      expect([containers[0]?.advice.fxscale.cpu, saving]).toEqual([null, null]);
      expect(findings[0]).toMatchObject({ code: 'TOO_LITTLE_HISTORY', args: { days: 1, needed: 3 } });
      expect(workload('store').containers.map(({ name, now }) => [name, now.cpu.request])).toEqual([
        ['backup', null],
        ['store', 2],
      ]);
    });

    it('are those of a named workload, whatever the strategy', async () => {
      const named = await run(prometheus.url, {
        workload: 'a.i',
        namespace: 'trading',
        strategy: 'krr',
      });
      expect(named.workloads.map(({ containers }) => containers)).toEqual([workload('api').containers]);
      expect(named.inputs).toMatchObject({
        workload: 'a.i',
        namespace: 'trading',
        prometheus: `${prometheus.url}/`,
      });
      expect(named.ignored).toEqual([]);
    });

    it.each<[string, Partial<RightsizeFlags>, string, string]>([
      [
        'namespace',
        { namespace: 'prod' },
        'USAGE',
        '--namespace: there were no pods in a namespace prod: known are trading',
      ],
      [
        'workload',
        { workload: 'ap' },
        'USAGE',
        '--workload: no workload has such a name: known are api, fresh, web, store',
      ],
      [
        'time',
        { until: UNTIL - 40 * 86_400 },
        'REFUSED',
        'Prometheus has no metric kube_pod_owner in that time',
      ],
      [
        'history',
        { workload: 'fresh', strategy: 'fxscale' },
        'REFUSED',
        'nothing can be advised: these workloads have at most 1 whole day of history, and 3 are needed',
      ],
      [
        'history for KRR',
        { history: 7200, strategy: 'krr' },
        'REFUSED',
        'nothing can be advised: these workloads have less than 3 hours',
      ],
      ['step', { step: 600, history: 900 }, 'USAGE', '--history is shorter than two of --step'],
      ['number of steps', { step: 15, history: 1e8 }, 'USAGE', '--history has 6666666 of --step'],
    ])('are refused for a wrong %s', async (_, changes, code, message) => {
      await expect(run(prometheus.url, changes)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      });
    });
  },
);

describe('a source that is none', () => {
  const answer = (response: http.ServerResponse, status: number, body: string, type = 'application/json') =>
    response.writeHead(status, { 'content-type': type }).end(body);
  const ask = async (listener: http.RequestListener, user = '') => {
    const server = await serve(listener);
    try {
      return await run(server.url.replace('//', `//${user}`)).catch((error: unknown) => error);
    } finally {
      server.close();
    }
  };
  const matrix = (result: object[]) =>
    JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });

  it('is told of in one line, without the password', async () => {
    const page = await ask(
      (_, response) => answer(response, 200, '<html>hello</html>', 'text/html'),
      'me:s3cret@',
    );
    expect(page).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(
        /^Prometheus at 127\.0\.0\.1:\d+: it does not answer as Prometheus does: "<html>/,
      ),
    });
    expect(String(page)).not.toContain('s3cret');
    expect(await ask((_, response) => answer(response, 401, ''))).toMatchObject({
      message: expect.stringMatching(/it answered 401 Unauthorized: check the user and password/),
    });
    expect(await ask((_, response) => answer(response, 404, 'nothing here', 'text/plain'))).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('it answered 404 Not Found'),
    });
  });

  it('that has pods but no figures of their containers is refused', async () => {
    const owners = (request: http.IncomingMessage, response: http.ServerResponse) => {
      const query = new URL(request.url ?? '', 'http://x').searchParams.get('query') ?? '';
      const labels = { namespace: 'fx', pod: 'db-0', owner_kind: 'StatefulSet', owner_name: 'db' };
      const isOwner = query.includes('kube_pod_owner');
      answer(response, 200, matrix(isOwner ? [{ metric: labels, values: [[UNTIL, '1']] }] : []));
    };
    expect(await ask(owners)).toMatchObject({
      code: 'REFUSED',
      message: expect.stringContaining('cAdvisor, which is in every kubelet, must be scraped'),
    });
  });

  it('ends the command with 4 when it does not answer', async () => {
    const { code, stdout, stderr } = await fxscale(['rightsize', 'http://127.0.0.1:1']);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(/^fxscale: Prometheus at 127\.0\.0\.1:1: .*ECONNREFUSED.*\n$/);
  });

  it.each([
    ['prometheus:9090', 'the address of Prometheus is no http:// or https:// URL: write for example http://'],
    ['ftp://prometheus', 'is no http:// or https:// URL'],
    ['http://p:9090?query=up', 'has a parameter query: only token_env=NAME is known'],
    ['http://p:9090?token_env=NOWHERE', 'token_env names the variable NOWHERE, which is not set'],
  ])('%s is refused', (address, message) => {
    expect(() => openPrometheus(address, {})).toThrow(message);
  });

  it('has flags that say what is right', () => {
    expect(() => parseWorkload('a(')).toThrow(
      '"a(" is not a name or a regular expression: Unterminated group',
    );
    expect(() => parseStep('5s')).toThrow('"5s" is not a step: write 15s or longer');
    expect(() => parseUntil('soon')).toThrow('"soon" is not a date: write for example 2026-06-01');
    expect(parseWorkload('api|web')).toBe('api|web');
    expect(parseUntil('2026-11-20T12:00:00Z')).toBe(UNTIL);
  });
});
