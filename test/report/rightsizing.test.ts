import { describe, expect, it } from 'vitest';
import { resourcePatch, targetPatch } from '../../src/emit/resource-patch.ts';
import type { RightsizingFinding } from '../../src/planners/rightsizing/findings.ts';
import type {
  ContainerAdvice,
  HpaAdvice,
  RankedAdvice,
  Rightsizing,
} from '../../src/planners/rightsizing/types.ts';
import { renderRightsizing } from '../../src/report/rightsizing.ts';
import { describeRightsizing, findingLines } from '../../src/report/rightsizing-findings.ts';
import { renderRightsizingMarkdown } from '../../src/report/rightsizing-markdown.ts';

const MIB = 2 ** 20;
type Code = RightsizingFinding['code'];

/** One finding of every code; the compiler sees to it that none is missing. */
const examples: { [C in Code]: Pick<Extract<RightsizingFinding, { code: C }>, 'severity' | 'args'> } = {
  OOM_KILLED: { severity: 'error', args: { container: 'api', count: 1, limit: 256 * MIB } },
  MEMORY_LIMIT_SHORT: {
    severity: 'warning',
    args: { container: 'api', limit: 256 * MIB, peak: 250 * MIB, needed: 300 * MIB, days: 30 },
  },
  MEMORY_RISES: {
    severity: 'warning',
    args: { container: 'api', perDay: 5 * MIB, days: 30, limit: 400 * MIB },
  },
  CPU_THROTTLED: { severity: 'warning', args: { container: 'api', share: 0.08, limit: 0.5 } },
  CPU_REQUEST_SHORT: {
    severity: 'warning',
    args: { container: 'api', request: 0.25, worst: 2800, share: 0.21, left: 12 },
  },
  CPU_REQUEST_LATE: { severity: 'info', args: { container: 'api', request: 0.5, worst: 75, share: 0.03 } },
  NO_REQUESTS: { severity: 'warning', args: { container: 'api', resources: ['cpu', 'memory'] } },
  CPU_LIMIT_DROPPED: { severity: 'info', args: { container: 'api', limit: 1, throttled: null } },
  TOO_LITTLE_HISTORY: { severity: 'warning', args: { container: 'api', days: 1, needed: 3 } },
  WEEK_NOT_COVERED: { severity: 'info', args: { days: 4 } },
  HELD_UP_BY_HPA: {
    severity: 'info',
    args: { hpa: 'scaler', resource: 'cpu', used: 0.1, request: 0.334, held: 0.3 },
  },
  HPA_WITHOUT_REQUEST: { severity: 'error', args: { hpa: 'scaler', resource: 'cpu' } },
  HPA_AT_MAX: { severity: 'warning', args: { hpa: 'scaler', replicas: 10, share: 0.12, when: 'now' } },
  HPA_AT_MIN: { severity: 'info', args: { hpa: 'scaler', replicas: 2, share: 0.97 } },
  HPA_BY_HAND: { severity: 'warning', args: { hpa: 'scaler', metrics: ['queue_depth', 'lag'] } },
};
const finding = (code: Code, args: object = {}) =>
  ({ code, ...examples[code], args: { ...examples[code].args, ...args } }) as RightsizingFinding;

it('puts every finding into words, with every figure in it', () => {
  const lines = (Object.keys(examples) as Code[]).map(
    (code) => `${code}: ${describeRightsizing(finding(code))}`,
  );
  expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    OOM_KILLED: Container api was ended once for reaching its memory limit of 256Mi: raise it now.
    MEMORY_LIMIT_SHORT: The memory limit of api, 256Mi, may not last: it used up to 250Mi, and the peak of the next 30 days may need 300Mi.
    MEMORY_RISES: The daily memory peak of api rises by 5 MiB a day, a leak or a cache without a bound: the advised limit of 400Mi has room for 30 days of that.
    CPU_THROTTLED: The CPU limit of 500m stopped api in 8% of its periods of 100 ms: each time its requests wait up to 100 ms, and what it would have used is not known.
    CPU_REQUEST_SHORT: On a full node the CPU request of api, 250m, makes work up to 47 min late, and some of it 21% of the time; with the advised one up to 12 s.
    CPU_REQUEST_LATE: On a full node, where a pod gets its request and no more, work at the peaks is late: api, up to 75 s, some of it 3% of the time. Where there is CPU to spare it is not.
    NO_REQUESTS: A request is missing: api, CPU and memory. Nothing is kept for it, and on a full node it is the first to be short or evicted.
    CPU_LIMIT_DROPPED: No CPU limit is advised: api, now 1. The request already keeps others from starving a pod, and a limit stops it only when there is CPU to spare; --cpu-limits tail sets limits above the peaks.
    TOO_LITTLE_HISTORY: Nothing is advised: api, 1 of 3 whole days. Their history is too short.
    WEEK_NOT_COVERED: Less than a week of history: 4 days. What only happens on other days is not in it.
    HELD_UP_BY_HPA: HPA scaler holds pods at 300m of CPU: the request has to be 334m, although 100m would cover what pods use, because a full node would else hide from the HPA that pods are above its target. --pod-target holds them lower, with more pods.
    HPA_WITHOUT_REQUEST: HPA scaler scales by the share of the CPU request, and a container has none: it cannot scale at all.
    HPA_AT_MAX: HPA scaler was at its maximum of 10 replicas 12% of the time: the load may have been higher than what it let through.
    HPA_AT_MIN: HPA scaler was at its minimum of 2 replicas 97% of the time: fewer may do, unless they are there for availability.
    HPA_BY_HAND: HPA scaler also scales by queue_depth and lag, of which Prometheus knows only the name: no patch is written for what it scales by, so set request and target by hand, together.
    "
  `);
});

const amounts = (request: number | null, limit: number | null) => ({ request, limit });
const bounded = { value: 1, low: 0.3, high: 0.4, bound: 1 };

function container(name: string, changes: Partial<ContainerAdvice> = {}): ContainerAdvice {
  const memory = amounts(128 * MIB, 192 * MIB);
  return {
    name,
    now: { cpu: amounts(0.5, 1), memory: amounts(512 * MIB, 512 * MIB) },
    days: 14,
    advice: {
      fxscale: { cpu: amounts(0.334, null), memory },
      krr: { cpu: null, memory: amounts(150 * MIB, 150 * MIB) },
      'krr-limit': { cpu: amounts(0.2, 0.3), memory: amounts(150 * MIB, 150 * MIB) },
      vpa: { cpu: amounts(0.0125, 0.025), memory: amounts(262_144_000, null) },
    },
    basis: {
      cpuRequest: bounded,
      memoryRequest: bounded,
      memoryLimit: { ...bounded, low: 150 * MIB, high: 200 * MIB },
    },
    lateness: { now: null, advised: null },
    ...changes,
  };
}

const hpa: HpaAdvice = {
  ...{
    name: 'scaler',
    minReplicas: 2,
    maxReplicas: 10,
    targets: [{ metric: 'cpu', type: 'utilization', value: 60 }],
  },
  scales: ['cpu'],
  pairs: [
    {
      ...{
        resource: 'cpu',
        type: 'utilization',
        requestNow: 0.5,
        requestThen: 0.334,
        targetNow: 60,
        targetThen: 90,
      },
      ...{ heldNow: 0.3, heldThen: 0.3006 },
    },
  ],
  replicas: {
    recorded: { mean: 5.1, most: 8 },
    before: { mean: 5, most: 8 },
    after: { mean: 5, most: 8 },
    alone: { mean: 7.6, most: 10 },
    same: 0.99,
  },
};

function workload(name: string, changes: Partial<RankedAdvice> = {}): RankedAdvice {
  return {
    ...{ namespace: 'fx', kind: 'Deployment', name, replicas: { now: 5, mean: 5.1 } },
    ...{ containers: [container('api')], hpa: null, findings: [] },
    ...{ severity: 'warning', saving: { cores: 0.85, bytes: 2000 * MIB, perHour: 0.05 } },
    ...changes,
  };
}

function report(workloads: RankedAdvice[], changes: Partial<Rightsizing> = {}): Rightsizing {
  return {
    schema: 'fxscale.rightsize/1',
    inputs: {
      ...{
        prometheus: 'http://p',
        namespace: null,
        workload: null,
        until: 0,
        history: 14 * 86_400,
        step: 75,
      },
      ...{ strategy: 'all', confidence: 0.95, cpuLimits: 'none', podTarget: null, seed: 1 },
      prices: { coreHour: null, gibHour: null },
    },
    chosen: 'fxscale',
    requested: { cores: 10, bytes: 40 * 1024 * MIB },
    saving: { cores: 0.85, bytes: 2000 * MIB, perHour: null },
    ...{ score: 65, grade: 'C', riskiest: null, workloads, ignored: [] },
    ...changes,
  };
}

describe('what is shown', () => {
  const riskiest = { namespace: 'fx', kind: 'Deployment', name: 'api', finding: finding('OOM_KILLED') };
  const all = report([workload('api', { hpa, findings: [finding('OOM_KILLED')] })], {
    riskiest,
    ignored: [{ kind: 'Job', pods: 3 }],
  });

  it('begins with the answer and fits into 80 columns', () => {
    const text = renderRightsizing(all, { color: false, width: 80 });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(80);
    expect(text).toMatchInlineSnapshot(`
      "By fxscale the requests of 1 workload can fall by 0.85 cores (8.5%) of CPU and
      1.95 GiB (4.88%) of memory.
      Riskiest: fx/api. Container api was ended once for reaching its memory limit of
      256Mi: raise it now.

        container                    CPU req  CPU lim  mem req  mem lim

      fx/api  Deployment, 5 pods; -0.85 cores, -1.95 GiB, -36.5 a month; warning
        api        now                  500m        1    512Mi    512Mi
                   fxscale              334m     none    128Mi    192Mi
                   KRR simple              ?        ?    150Mi    150Mi
                   KRR simple-limit     200m     300m    150Mi    150Mi
                   VPA target            13m      25m    250Mi     none
        HPA scaler, 2 to 10: cpu 60% of 500m -> 90% of 334m, which holds a pod at
        301m as now. Replicas over the history: 5 (most 8) as it is, 5 (most 8) as
        advised, the same 99% of the time; 7.6 (most 10) if the requests alone were
        changed. Recorded: 5.1 (most 8).

      Error    fx/api: Container api was ended once for reaching its memory limit of
               256Mi: raise it now.

      Score 65 of 100, grade C (KRR's scale), from 14d of history in steps of 75s.
      fxscale: with 95% confidence a pod does 95% of its work within its CPU request
      and has 95% of its daily peaks within its memory request; the memory limit
      lasts 30 days.
      HPAs are replayed by the rules of their controller without \`behavior\`, which
      Prometheus does not have, one sync in every step.
      Not sized: 3 pods of kind Job. Only Deployments, StatefulSets and DaemonSets
      are.
      "
    `);
  });

  it('has the intervals where there is room, colours where they are wanted, and one strategy where one is named', () => {
    const wide = renderRightsizing(all, { color: false, width: 150 });
    expect(wide).toMatch(/fxscale +334m +none +128Mi +192Mi {3}from 300m to 400m, 150Mi to 200Mi; 14 days/);
    expect(renderRightsizing(all, { color: true, width: 80 })).toContain('\u001b[36m');
    const krr = renderRightsizing(
      { ...all, chosen: 'krr', inputs: { ...all.inputs, strategy: 'krr' } },
      { color: false },
    );
    expect(krr).toMatch(/^By KRR simple the requests of 1 workload can fall/);
    expect(krr).not.toMatch(/fxscale|VPA/);
  });

  it.each([
    [
      { cores: 2, bytes: -4 * 1024 * MIB, perHour: null },
      'can fall by 2 cores (20%) of CPU and must rise by 4 GiB (10%) of memory.',
    ],
    [
      { cores: -2, bytes: -4 * 1024 * MIB, perHour: -0.1 },
      'must rise by 2 cores (20%) of CPU and 4 GiB (10%) of memory, which costs 73 more a month.',
    ],
    [
      { cores: 0.0001, bytes: 1024 * MIB, perHour: 1 },
      'can fall by 1 GiB (2.5%) of memory, which saves 730 a month.',
    ],
    [{ cores: 0, bytes: 0, perHour: null }, 'are right.'],
  ])('sums up %j', (saving, words) => {
    const text = renderRightsizing(report([workload('api')], { saving }), { color: false, width: 200 });
    expect(text.split('\n')[0]).toBe(`By fxscale the requests of 1 workload ${words}`);
  });

  it('says so when nothing is advised, and of an HPA that would be at its end', () => {
    const none = renderRightsizing(report([workload('api', { saving: null })]), { color: false });
    expect(none.split('\n')[0]).toBe('fxscale advises nothing for 1 workload: the history is too short.');
    expect(describeRightsizing(finding('HPA_AT_MAX', { when: 'advised' }))).toContain(
      'HPA scaler would be at its maximum of 10 replicas 12% of the time with the advised target',
    );
  });

  it('tells of an HPA that is left alone why', () => {
    const text = (changes: Partial<HpaAdvice>) =>
      renderRightsizing(
        report([workload('api', { hpa: { ...hpa, pairs: [], replicas: null, ...changes } })]),
        {
          color: false,
          width: 150,
        },
      );
    expect(text({ scales: [] })).toContain(
      'it does not scale by CPU or memory, so that requests do not move it.',
    );
    expect(text({})).toContain('HPA scaler, 2 to 10: too little is known to move its target.');
  });

  it('tells once what many workloads have in common', () => {
    const many = Array.from({ length: 10 }, (_, i) =>
      workload(`w${i}`, { findings: [finding('CPU_LIMIT_DROPPED', { limit: 1 + i })] }),
    );
    const lines = findingLines(many);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.text).toContain('fx/w0 (api, now 1), fx/w1 (api, now 2)');
    expect(lines[0]?.text).toContain('fx/w7 (api, now 8) and 2 more.');
  });

  it('is a document in Markdown', () => {
    const text = renderRightsizingMarkdown(all);
    expect(text).toContain('| fx/api | api | now | 500m | 1 | 512Mi | 512Mi |');
    expect(text).toContain('|  |  | KRR simple | ? | ? | 150Mi | 150Mi |');
    expect(text).toContain('- **fx/api:** -0.85 cores, -1.95 GiB, -36.5 a month (warning)');
    expect(text).toContain('(`OOM_KILLED`)');
    expect(renderRightsizingMarkdown(report([workload('a|b*')]))).toContain('fx/a\\|b\\*');
  });
});

describe('a patch', () => {
  const containersOf = (patch: object | undefined) =>
    (patch as { spec: { template: { spec: { containers: object[] } } } } | undefined)?.spec.template.spec
      .containers;

  it('has quantities, and deletes a limit that is to go', () => {
    expect(resourcePatch(workload('api'), 'fxscale')).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api', namespace: 'fx' },
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: 'api',
                resources: {
                  requests: { cpu: '334m', memory: '128Mi' },
                  limits: { cpu: null, memory: '192Mi' },
                },
              },
            ],
          },
        },
      },
    });
    expect(targetPatch(workload('api'))).toBeUndefined();
  });

  it('comes with that of the HPA, and leaves alone what the HPA scales by when that cannot be written', () => {
    expect(targetPatch(workload('api', { hpa }))).toMatchObject({
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'scaler', namespace: 'fx' },
      spec: {
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 90 } },
          },
        ],
      },
    });
    const queue = { metric: 'queue_depth', type: 'average', value: 30 } as const;
    const byHand = workload('api', { hpa: { ...hpa, targets: [...hpa.targets, queue] } });
    expect(targetPatch(byHand)).toBeUndefined();
    const memoryOnly = [
      { name: 'api', resources: { requests: { memory: '128Mi' }, limits: { memory: '192Mi' } } },
    ];
    expect(containersOf(resourcePatch(byHand, 'fxscale'))).toEqual(memoryOnly);
    expect(containersOf(resourcePatch(workload('api', { hpa }), 'vpa'))).toEqual([
      { name: 'api', resources: { requests: { memory: '250Mi' }, limits: { memory: null } } },
    ]);
    const amount = {
      ...hpa,
      pairs: hpa.pairs.map((pair) => ({ ...pair, type: 'average' as const, targetThen: 0.2 })),
    };
    expect(targetPatch(workload('api', { hpa: amount }))).toMatchObject({
      spec: { metrics: [{ resource: { target: { type: 'AverageValue', averageValue: '200m' } } }] },
    });
  });

  it('is none where nothing is advised', () => {
    const none = { cpu: null, memory: null };
    const advice = { fxscale: none, krr: none, 'krr-limit': none, vpa: none };
    expect(
      resourcePatch(workload('api', { containers: [container('api', { advice })] }), 'fxscale'),
    ).toBeUndefined();
  });
});
