import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterOom, type Grid, type OomKill } from '../../src/models/rightsizing/use.ts';
import {
  adviseWorkload,
  rankWorkloads,
  type WorkloadOptions,
} from '../../src/planners/rightsizing/rightsize.ts';
import type {
  ContainerHistory,
  RecordedHpa,
  Resources,
  Rightsizing,
  WorkloadAdvice,
  WorkloadHistory,
} from '../../src/planners/rightsizing/types.ts';

const MIB = 2 ** 20;
const HOUR = 3600;
const options: WorkloadOptions = { confidence: 0.95, seed: 1, cpuLimits: 'none', podTarget: null };

type Shape = (hour: number, pod: number) => number;

/** Hourly figures of pods: of NaN where one is not there. */
function container(
  name: string,
  {
    days = 8,
    pods = 2,
    cpu,
    memory,
    now,
    ooms = [],
    throttled = null,
  }: Partial<Omit<ContainerHistory, 'pods'>> & {
    days?: number;
    pods?: number;
    cpu: Shape;
    memory: Shape;
  },
): ContainerHistory {
  const series = (of: Shape, pod: number) => Float64Array.from({ length: days * 24 }, (_, i) => of(i, pod));
  return {
    name,
    pods: Array.from({ length: pods }, (_, i) => ({
      pod: `p${i}`,
      cpu: series(cpu, i),
      memory: series(memory, i),
    })),
    ooms,
    now: now ?? amounts(1, null, 512, 512),
    throttled,
  };
}

function amounts(
  cpu: number | null,
  cpuLimit: number | null,
  mebi: number | null,
  limit: number | null,
): Resources {
  const bytes = (value: number | null) => (value === null ? null : value * MIB);
  return { cpu: { request: cpu, limit: cpuLimit }, memory: { request: bytes(mebi), limit: bytes(limit) } };
}

function workload(
  containers: readonly ContainerHistory[],
  { hpa = null, replicas = 2 }: { hpa?: RecordedHpa | null; replicas?: number } = {},
): WorkloadHistory {
  const grid: Grid = { from: 0, step: HOUR, steps: containers[0]?.pods[0]?.cpu.length ?? 0 };
  return { namespace: 'fx', kind: 'Deployment', name: 'api', grid, replicas, containers, hpa };
}

/** Half a core by day, a tenth by night. */
const daily: Shape = (hour) => (hour % 24 < 12 ? 0.1 : 0.5);
const steady: Shape = (hour, pod) => (300 + 10 * Math.sin(hour / 5 + pod)) * MIB;
const api = (changes: Partial<Parameters<typeof container>[1]> = {}) =>
  container('api', { cpu: daily, memory: steady, ...changes });

const codes = ({ findings }: WorkloadAdvice) => findings.map(({ code }) => code);
const ours = ({ containers }: WorkloadAdvice, index = 0) => {
  const advised = containers[index]?.advice.fxscale;
  const values = [
    advised?.cpu?.request,
    advised?.cpu?.limit,
    advised?.memory?.request,
    advised?.memory?.limit,
  ];
  return values as [number, number | null, number, number];
};
const finding = (advice: WorkloadAdvice, code: string) => advice.findings.find((each) => each.code === code);

describe('what a workload should ask for', () => {
  it('is what nearly all of its work and its daily peaks stay within, and a limit that lasts', () => {
    const advice = adviseWorkload(workload([api()]), options);
    const [cpu, cpuLimit, memory, memoryLimit] = ours(advice);
    expect(cpu).toBeGreaterThanOrEqual(0.5);
    expect(cpu).toBeLessThan(0.515);
    expect(cpuLimit).toBeNull();
    expect(memory / MIB).toBeCloseTo(310, -0.5);
    expect(memoryLimit).toBeGreaterThanOrEqual(memory);
    expect(memoryLimit / MIB).toBeLessThan(325);
    expect(codes(advice)).toEqual([]);
    expect(advice.containers[0]).toMatchObject({
      days: 8,
      lateness: { now: { worst: 0 }, advised: { worst: 0 } },
    });
  });

  it('stands beside what the others say', () => {
    const { containers } = adviseWorkload(workload([api({ now: amounts(1, 2, 512, null) })]), options);
    const { krr, 'krr-limit': krrLimit, vpa } = containers[0]?.advice ?? expect.fail();
    expect(krr.cpu).toEqual({ request: 0.5, limit: null });
    expect(krrLimit.cpu).toEqual({ request: 0.5, limit: 0.5 });
    expect(krr.memory?.request).toBe(krr.memory?.limit);
    // The end of the bucket with 15 %, and a limit as far above the request as it is now.
    expect(vpa.cpu?.request).toBeGreaterThan(0.5 * 1.15);
    expect(vpa.cpu?.limit).toBe(2 * (vpa.cpu?.request ?? 0));
    expect(vpa.memory?.limit).toBeNull();
    const unasked = adviseWorkload(workload([api({ now: amounts(null, 2, null, null) })]), options);
    expect(unasked.containers[0]?.advice.vpa.cpu?.limit).toBe(2);
  });

  it('is refused with too little history, with what there is and what is needed', () => {
    const advice = adviseWorkload(workload([api({ days: 2 })]), options);
    expect(advice.containers[0]?.advice.fxscale).toEqual({ cpu: null, memory: null });
    expect(advice.findings).toEqual([
      { code: 'TOO_LITTLE_HISTORY', severity: 'warning', args: { container: 'api', days: 2, needed: 3 } },
    ]);
    // A day of which most is missing is none.
    const gaps = api({
      days: 4,
      cpu: (hour) => (hour % 24 < 11 && hour > 48 ? 0.1 : hour > 48 ? Number.NaN : 0.1),
    });
    expect(codes(adviseWorkload(workload([gaps]), options))).toContain('TOO_LITTLE_HISTORY');
    expect(codes(adviseWorkload(workload([api({ days: 4 })]), options))).toEqual(['WEEK_NOT_COVERED']);
  });

  it('allows for what containers would have used that were ended', () => {
    const ooms: OomKill[] = [{ pod: 'p0', time: 30 * HOUR, limit: 512 * MIB }];
    const advice = adviseWorkload(workload([api({ ooms })]), options);
    expect(ours(advice)[3]).toBeGreaterThanOrEqual(afterOom(512 * MIB));
    expect(advice.containers[0]?.advice.krr.memory?.limit).toBe(640 * MIB);
    expect(finding(advice, 'OOM_KILLED')?.args).toEqual({ container: 'api', count: 1, limit: 512 * MIB });
  });

  it('leaves room for memory that rises', () => {
    const rising: Shape = (hour) => (200 + 2 * Math.floor(hour / 24)) * MIB;
    const advice = adviseWorkload(workload([api({ memory: rising })]), options);
    expect(ours(advice)[3]).toBe((214 + 2 * 30) * MIB);
    expect(finding(advice, 'MEMORY_RISES')?.args).toMatchObject({ perDay: 2 * MIB, days: 30 });
    const short = adviseWorkload(
      workload([api({ memory: rising, now: amounts(1, null, 256, 256) })]),
      options,
    );
    expect(finding(short, 'MEMORY_LIMIT_SHORT')?.args).toMatchObject({
      limit: 256 * MIB,
      peak: 214 * MIB,
      needed: 274 * MIB,
    });
  });

  it('has a CPU limit only when asked for, above the peaks and never below a core', () => {
    const now = amounts(1, 1, 512, 512);
    const tail = { ...options, cpuLimits: 'tail' } as const;
    expect(ours(adviseWorkload(workload([api({ now })]), tail))[1]).toBe(1);
    const busy = api({ now, cpu: (hour) => (hour % 24 === 12 ? 3 : 0.5) });
    const [request, limit] = ours(adviseWorkload(workload([busy]), tail));
    expect(limit).toBeGreaterThanOrEqual(request);
    expect(limit).toBeLessThan(3.07);
    expect(codes(adviseWorkload(workload([busy]), tail))).not.toContain('CPU_LIMIT_DROPPED');
    const advice = adviseWorkload(workload([api({ now, throttled: 0.2 })]), options);
    expect(finding(advice, 'CPU_LIMIT_DROPPED')?.args).toEqual({
      container: 'api',
      limit: 1,
      throttled: 0.2,
    });
    expect(finding(advice, 'CPU_THROTTLED')?.args).toEqual({ container: 'api', limit: 1, share: 0.2 });
  });

  it('tells what today’s request costs on a full node, or the advised one', () => {
    const short = adviseWorkload(workload([api({ now: amounts(0.35, null, 512, 512) })]), options);
    // Twelve hours of 0.15 cores too much, which the night makes good.
    const args = finding(short, 'CPU_REQUEST_SHORT')?.args;
    expect(args).toMatchObject({ worst: expect.closeTo((12 * HOUR * 0.15) / 0.35, 3), left: 0 });
    const peaked = api({ cpu: (hour) => (hour % 24 === 12 ? 0.6 : 0.5) });
    const late = adviseWorkload(workload([peaked]), options);
    expect(finding(late, 'CPU_REQUEST_LATE')?.args).toMatchObject({ container: 'api' });
    expect(codes(adviseWorkload(workload([api({ now: amounts(null, null, null, null) })]), options))).toEqual(
      ['NO_REQUESTS'],
    );
  });

  it('is the same for the same input, and never less for more confidence or more load', () => {
    const noisy = (scale: number, seed: number): ContainerHistory => {
      const wave: Shape = (hour, pod) =>
        1 + Math.sin(hour * (1 + (seed % 7)) + pod) * Math.cos(hour * 0.37 * seed);
      return container('api', {
        days: 5,
        cpu: (hour, pod) => scale * (0.05 + wave(hour, pod)),
        memory: (hour, pod) => scale * (100 + 50 * wave(hour, pod)) * MIB,
      });
    };
    const seeds = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(seeds, fc.double({ min: 1, max: 4, noNaN: true }), (seed, factor) => {
        const of = (scale: number, confidence: number) =>
          ours(adviseWorkload(workload([noisy(scale, seed)]), { ...options, confidence, cpuLimits: 'tail' }));
        const base = of(1, 0.9);
        expect(of(1, 0.9)).toEqual(base);
        for (const more of [of(1, 0.99), of(factor, 0.9)])
          more.forEach((amount, i) => {
            expect(amount).toBeGreaterThanOrEqual(base[i] ?? 0);
          });
      }),
      { seed: 21, numRuns: 6 },
    );
  });
});

describe('a workload under an HPA', () => {
  const cpu = (value: number, type: 'utilization' | 'average' = 'utilization') => ({
    metric: 'cpu',
    type,
    value,
  });
  const hpa = (targets: RecordedHpa['targets']): RecordedHpa => ({
    ...{ name: 'scaler', minReplicas: 2, maxReplicas: 10 },
    targets,
  });
  const load = (hour: number) => 1.6 - Math.cos((2 * Math.PI * hour) / 24);
  const pods = (hour: number) => Math.max(2, Math.ceil(load(hour) / 0.3));
  const scaled: Shape = (hour, pod) => (pod < pods(hour) ? load(hour) / pods(hour) : Number.NaN);
  /** Two containers, which divide what a pod uses as 3 to 1. */
  const both = (request: number, second: number | null = 0.1) => [
    container('api', {
      pods: 9,
      cpu: (hour, pod) => 0.75 * scaled(hour, pod),
      memory: steady,
      now: amounts(request - (second ?? 0), null, 512, 512),
    }),
    container('proxy', {
      pods: 9,
      cpu: (hour, pod) => 0.25 * scaled(hour, pod),
      memory: steady,
      now: amounts(second, null, 512, 512),
    }),
  ];
  const advise = (request: number, target: number, more: Partial<WorkloadOptions> = {}) =>
    adviseWorkload(workload(both(request), { hpa: hpa([cpu(target)]) }), { ...options, ...more });

  it('has its request and target moved together, so that pods are held where they were', () => {
    const advice = advise(0.5, 60);
    const [pair] = advice.hpa?.pairs ?? [];
    expect(pair).toMatchObject({ resource: 'cpu', requestNow: 0.5, targetNow: 60, heldNow: 0.3 });
    expect(pair?.heldThen).toBeCloseTo(0.3, 2);
    expect(pair?.targetThen).toBe(90);
    const requests = advice.containers.map(({ advice: each }) => each.fxscale.cpu?.request ?? 0);
    expect(requests[0] ?? 0).toBeCloseTo((pair?.requestThen ?? 0) * 0.75, 2);
    expect(Math.round(1000 * ((requests[0] ?? 0) + (requests[1] ?? 0)))).toBe(
      Math.round(1000 * (pair?.requestThen ?? 0)),
    );
    const { before, after, alone, recorded, same } = advice.hpa?.replicas ?? expect.fail();
    expect(after.mean / before.mean).toBeCloseTo(1, 1);
    expect(same).toBeGreaterThan(0.9);
    expect(alone.mean).toBeGreaterThan(1.3 * before.mean);
    expect(recorded.most).toBe(9);
    expect(codes(advice)).toEqual(['HELD_UP_BY_HPA']);
    expect(advice.containers[0]?.advice.krr.cpu).toBeNull();
    expect(advice.containers[0]?.advice.krr.memory).not.toBeNull();
  });

  it('is advised the same again when the advice is applied: it settles after once', () => {
    const first = advise(0.5, 60);
    const again = adviseWorkload(
      workload(
        both(0.5).map((each, i) => {
          const advised = first.containers[i]?.advice.fxscale ?? expect.fail();
          return {
            ...each,
            now: { cpu: advised.cpu ?? each.now.cpu, memory: advised.memory ?? each.now.memory },
          };
        }),
        { hpa: hpa([cpu(first.hpa?.pairs[0]?.targetThen ?? 0)]) },
      ),
      options,
    );
    expect(again.containers.map(({ advice }) => advice.fxscale)).toEqual(
      first.containers.map(({ advice }) => advice.fxscale),
    );
    expect(again.hpa?.pairs[0]?.targetThen).toBe(first.hpa?.pairs[0]?.targetThen);
    expect(again.hpa?.replicas?.before).toEqual(first.hpa?.replicas?.after);
  });

  it('can be held elsewhere on purpose', () => {
    const lower = advise(0.5, 60, { podTarget: 0.2 });
    expect(lower.hpa?.pairs[0]?.heldThen).toBeCloseTo(0.2, 2);
    const { before, after } = lower.hpa?.replicas ?? expect.fail();
    expect(after.mean).toBeGreaterThan(1.2 * before.mean);
    expect(finding(lower, 'HPA_AT_MAX')?.args).toMatchObject({ when: 'advised', replicas: 10 });
  });

  it('keeps a target that is an amount, with a request that lets it be seen', () => {
    const advice = adviseWorkload(workload(both(0.5), { hpa: hpa([cpu(0.4, 'average')]) }), options);
    expect(advice.hpa?.pairs[0]).toMatchObject({ targetThen: 0.4, requestThen: 0.445, heldThen: 0.4 });
    const { before, after } = advice.hpa?.replicas ?? expect.fail();
    expect(after).toEqual(before);
  });

  it('by memory is moved the same way', () => {
    const target = { metric: 'memory', type: 'utilization', value: 70 } as const;
    const advice = adviseWorkload(workload(both(0.5), { hpa: hpa([target]) }), options);
    const [pair] = advice.hpa?.pairs ?? [];
    expect(pair?.requestNow).toBe(1024 * MIB);
    expect((pair?.heldThen ?? 0) / (0.7 * 1024 * MIB)).toBeCloseTo(1, 2);
    for (const { advice: each } of advice.containers)
      expect(each.fxscale.memory?.limit).toBeGreaterThanOrEqual(each.fxscale.memory?.request ?? 0);
  });

  it('that cannot scale, is at an end, or scales by more than is known is told of', () => {
    const unable = adviseWorkload(workload(both(0.4, null), { hpa: hpa([cpu(60)]) }), options);
    expect(codes(unable)).toContain('HPA_WITHOUT_REQUEST');
    expect(unable.hpa?.pairs[0]).toMatchObject({ heldNow: null, targetThen: 60 });
    const other = { metric: 'queue_depth', type: 'average', value: 30 } as const;
    const more = adviseWorkload(workload(both(0.5), { hpa: hpa([cpu(60), other]) }), options);
    expect(finding(more, 'HPA_BY_HAND')?.args).toEqual({ hpa: 'scaler', metrics: ['queue_depth'] });
    const none = adviseWorkload(workload(both(0.5), { hpa: hpa([other]) }), options);
    expect(none.hpa).toMatchObject({ scales: [], pairs: [], replicas: null });
    const young = adviseWorkload(workload([api({ days: 2 })], { hpa: hpa([cpu(60)]) }), options);
    expect(young.hpa).toMatchObject({ scales: ['cpu'], pairs: [], replicas: null });
    expect(finding(advise(0.2, 30), 'HPA_AT_MAX')?.args).toMatchObject({ when: 'now' });
    expect(codes(advise(4, 90))).toContain('HPA_AT_MIN');
  });
});

describe('all workloads together', () => {
  const inputs: Rightsizing['inputs'] = {
    ...{ prometheus: 'http://p', namespace: null, workload: null, until: 0, history: 8 * 86_400, step: HOUR },
    ...{ strategy: 'all', confidence: 0.95, cpuLimits: 'none', podTarget: null, seed: 1 },
    prices: { coreHour: 0.1, gibHour: 0.01 },
  };
  const named = (name: string, history: WorkloadHistory) => adviseWorkload({ ...history, name }, options);
  const large = named('large', workload([api({ now: amounts(3, null, 4096, 4096) })]));
  const small = named('small', workload([api({ now: amounts(0.6, null, 512, 512), days: 4 })]));
  const ended = named(
    'ended',
    workload([
      api({ now: amounts(0.3, null, 256, 256), ooms: [{ pod: 'p0', time: 50 * HOUR, limit: 256 * MIB }] }),
    ]),
  );

  it('are summed up by the strategy that is chosen, the largest first, with the riskiest named', () => {
    const report = rankWorkloads([small, ended, large], inputs, []);
    expect(report.workloads.map(({ name }) => name)).toEqual(['large', 'ended', 'small']);
    const requested = 2 * (3 + 0.6 + 0.3);
    expect(report.requested.cores).toBeCloseTo(requested, 9);
    const kept = report.workloads.reduce(
      (sum, { containers }) => sum + 2 * (containers[0]?.advice.fxscale.cpu?.request ?? 0),
      0,
    );
    expect(report.saving.cores).toBeCloseTo(requested - kept, 9);
    expect(report.saving.perHour).toBeCloseTo(
      0.1 * report.saving.cores + (0.01 * report.saving.bytes) / 2 ** 30,
      9,
    );
    expect(report.riskiest).toMatchObject({ name: 'ended', finding: { code: 'OOM_KILLED' } });
    expect(report.workloads.map(({ severity }) => severity)).toEqual(['critical', 'critical', 'ok']);
    expect([report.score, report.grade]).toEqual([33, 'D']);
  });

  it('are summed up by KRR when that is chosen, and have no price without prices', () => {
    const prices = { coreHour: null, gibHour: null };
    const report = rankWorkloads([large], { ...inputs, strategy: 'krr', prices }, []);
    expect(report.saving.cores).toBeCloseTo(2 * (3 - 0.5), 9);
    expect(report.saving.perHour).toBeNull();
    expect(report.riskiest).toBeNull();
  });

  it('save nothing with what an HPA scales by when its target stays', () => {
    const target = { metric: 'cpu', type: 'utilization', value: 60 } as const;
    const hpa = { name: 'scaler', minReplicas: 2, maxReplicas: 4, targets: [target] };
    const scaled = named('scaled', workload([api({ now: amounts(3, null, 4096, 4096) })], { hpa }));
    const { saving } = rankWorkloads([scaled], { ...inputs, strategy: 'vpa' }, []);
    expect(saving.cores).toBe(0);
    expect(saving.bytes).toBeGreaterThan(2 ** 32);
  });
});
