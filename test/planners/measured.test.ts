import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding, FindingCode } from '../../src/planners/findings.ts';
import { type Fits, fitRuns } from '../../src/planners/fits.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import type { Plan, Resource } from '../../src/planners/types.ts';
import { parseRun, serialiseLine } from '../../src/run.ts';
import { cpuTargetOf } from './cpu-target.ts';
import { background, steps, syntheticRun, truth } from './synthetic.ts';

const codes = (findings: readonly Finding[]) => findings.map(({ code }) => code);

function find<Code extends FindingCode>(findings: readonly Finding[], code: Code) {
  return findings.find((finding): finding is Extract<Finding, { code: Code }> => finding.code === code);
}

const costs: [Resource, (name: string) => number][] = [
  ['platformCpu', (name) => truth[name]?.cpu ?? 0],
  ['databaseCpu', (name) => truth[name]?.databaseCpu ?? 0],
  ['walBytes', (name) => truth[name]?.wal ?? 0],
  ['databaseFsyncs', (name) => truth[name]?.fsyncs ?? 0],
  ['growthBytes', (name) => truth[name]?.growth ?? 0],
  ['connectionTime', (name) => truth[name]?.hold ?? 0],
];

/** Of the true costs of all classes, 1 for each that its interval contains. */
function covered(all: Fits[], resource: Resource, actual: (name: string) => number): number[] {
  return all.flatMap((fits) => {
    const fitted = fits[resource];
    return (fitted?.classes ?? []).map((name, k) => {
      const { low = 1, high = 0 } = fitted?.fit.demands[k] ?? {};
      const slack = 1e-9 * actual(name);
      return low - slack <= actual(name) && actual(name) <= high + slack ? 1 : 0;
    });
  });
}

describe('demand fitted to a run', () => {
  const all = Array.from({ length: 8 }, (_, i) => fitRuns([syntheticRun({ seed: i + 1 })], 1).fits);

  it.each(costs)('contains what a request of each class really costs in %s', (resource, actual) => {
    const hits = covered(all, resource, actual);
    expect(hits).toHaveLength(all.length * 4);
    expect(hits.reduce((sum, hit) => sum + hit, 0) / hits.length).toBeGreaterThanOrEqual(0.9);
  });

  it('is within a tenth of what the dear classes cost', () => {
    const { classes = [], fit } = all[0]?.platformCpu ?? {};
    for (const name of ['quote', 'trade', 'history']) {
      const value = fit?.demands[classes.indexOf(name)]?.value ?? 0;
      expect(Math.abs(value / (truth[name]?.cpu ?? 0) - 1)).toBeLessThan(0.1);
    }
    expect(Math.abs((fit?.background.value ?? 0) - background.cpu)).toBeLessThan(0.01);
  });

  it('sums the CPU of several replicas, with one background each', () => {
    const { fits } = fitRuns([syntheticRun({ replicas: 3 })], 1);
    const { low = 1, high = 0 } = fits.platformCpu?.fit.background ?? {};
    expect(low).toBeLessThanOrEqual(background.cpu);
    expect(high).toBeGreaterThanOrEqual(background.cpu);
    const trade = fits.platformCpu?.fit.demands[fits.platformCpu.classes.indexOf('trade')]?.value ?? 0;
    expect(Math.abs(trade / 0.003 - 1)).toBeLessThan(0.1);
  });

  it('does without the samples of a gap, and reports it', () => {
    const run = syntheticRun({
      change: ({ samples }) => {
        const kept = samples.filter(({ t, source }) => source !== 'platform/0' || t < 20 || t > 28);
        samples.splice(0, samples.length, ...kept);
      },
    });
    const { fits } = fitRuns([run], 1);
    expect(fits.platformCpu?.fit.weights.length).toBeLessThan(fits.databaseCpu?.fit.weights.length ?? 0);
    const trade = fits.platformCpu?.fit.demands[fits.platformCpu.classes.indexOf('trade')]?.value ?? 0;
    expect(Math.abs(trade / 0.003 - 1)).toBeLessThan(0.1);
    expect(find(planCapacity([run]).findings, 'GAP')?.args).toMatchObject({ source: 'platform', gaps: 1 });
  });

  it('reports a source that answered late, not to the end, or never', () => {
    const run = syntheticRun({
      replicas: 2,
      change: ({ header, samples }) => {
        header.sources.push({ source: 'prometheus/nowhere:1', url: 'http://nowhere:1/metrics' });
        const kept = samples.filter(({ t, source }) => source !== 'platform/1' || (t > 10 && t < 41));
        samples.splice(0, samples.length, ...kept);
      },
    });
    const reported = planCapacity([run]).findings.filter(({ code }) => code === 'SOURCE_PARTLY_READ');
    expect(reported.map(({ args }) => args)).toEqual([
      expect.objectContaining({ source: 'prometheus/nowhere:1', samples: 0 }),
      expect.objectContaining({ source: 'platform/1', samples: 31 }),
    ]);
    const [, late] = reported as Extract<Finding, { code: 'SOURCE_PARTLY_READ' }>[];
    expect(late?.args.from).toBeCloseTo(10, 0);
    expect(late?.args.to).toBeCloseTo(40, 0);
    const full = syntheticRun({ replicas: 2 });
    expect(codes(planCapacity([full]).findings)).not.toContain('SOURCE_PARTLY_READ');
  });

  it('does without the interval of a reset, and reports it', () => {
    const run = syntheticRun({
      change: ({ samples }) => {
        for (const { t, source, values } of samples) {
          if (source === 'process/postgres' && t > 30) values.cpu_seconds = (values.cpu_seconds ?? 0) - 5;
        }
      },
    });
    const { fits } = fitRuns([run], 1);
    const trade = fits.databaseCpu?.fit.demands[fits.databaseCpu.classes.indexOf('trade')]?.value ?? 0;
    expect(Math.abs(trade / 0.002 - 1)).toBeLessThan(0.1);
    const reset = find(planCapacity([run]).findings, 'COUNTER_RESET');
    expect(reset?.args).toMatchObject({ source: 'process/postgres', resets: 1 });
  });

  it('does without a time in which many requests failed', () => {
    const run = syntheticRun({
      change: ({ rows }) => {
        // Refused at once and at no cost, while the load went on.
        for (const row of rows.filter(({ t }) => t > 40 && t <= 46)) {
          for (const own of Object.values(row.classes)) {
            own.count += 200;
            own.failures += 200;
          }
        }
      },
    });
    const { fits } = fitRuns([run], 1);
    const quote = fits.platformCpu?.fit.demands[fits.platformCpu.classes.indexOf('quote')]?.value ?? 0;
    expect(Math.abs(quote / 0.0008 - 1)).toBeLessThan(0.15);
    const plan = planCapacity([run]);
    expect(plan.observed?.testedRate).toBeLessThan(300);
    expect(find(plan.findings, 'REQUESTS_FAILED')?.args.share).toBeGreaterThan(0.3);
  });

  it('leaves out the start in which the service was warming up', () => {
    const run = syntheticRun({
      change: ({ samples }) => {
        let [before, extra] = [Number.NaN, 0];
        for (const { t, values } of samples.filter(({ source }) => source === 'platform/0')) {
          const cpu = values.process_cpu_seconds_total ?? 0;
          if (!Number.isNaN(before)) extra += (cpu - before) * 2 * Math.exp(-t / 5);
          before = cpu;
          values.process_cpu_seconds_total = cpu + extra;
        }
      },
    });
    const { fits, findings } = fitRuns([run], 1);
    expect(find(findings, 'WARMUP_SKIPPED')?.args.seconds).toBeGreaterThan(8);
    const trade = fits.platformCpu?.fit.demands[fits.platformCpu.classes.indexOf('trade')]?.value ?? 0;
    expect(Math.abs(trade / 0.003 - 1)).toBeLessThan(0.12);
    expect(fits.walBytes?.fit.weights.length).toBeGreaterThan(fits.platformCpu?.fit.weights.length ?? 99);
    expect(codes(fitRuns([syntheticRun()], 1).findings)).not.toContain('WARMUP_SKIPPED');
  });

  it('falls back on the process when there is no metrics page', () => {
    const run = syntheticRun({
      change: ({ samples }) => {
        for (const sample of samples.filter(({ source }) => source === 'platform/0')) {
          const { process_cpu_seconds_total: cpu = 0, process_resident_memory_bytes: rss = 0 } =
            sample.values;
          sample.source = 'process/api';
          sample.values = { cpu_seconds: cpu, rss_bytes: rss };
        }
      },
    });
    const plan = planCapacity([run]);
    expect(plan.demand.trade?.platformCpu?.value).toBeCloseTo(0.003, 3);
    expect(plan.memory?.basis).toBe('measured');
    expect(plan.connections).toBeNull();
    expect(find(plan.findings, 'NOT_MEASURED')?.args).toMatchObject({
      resource: 'connectionTime',
      intervals: 0,
    });
  });

  it('tells only together what a load without a shifting mix costs', () => {
    const only = { quote: 0.5, trade: 0.5 };
    const steady = steps.map(({ seconds, rate }) => ({ seconds, rate: rate * 40, mix: only }));
    const run = syntheticRun({ steps: steady, cpuLimit: 20, noise: 0.02 });
    const plan = planCapacity([run]);
    const finding = plan.findings.find(
      ({ code, args }) =>
        code === 'CLASSES_NOT_SEPARABLE' && 'resource' in args && args.resource === 'platformCpu',
    );
    expect(finding?.args).toMatchObject({ classes: expect.arrayContaining(['quote', 'trade']) });
    const { quote, trade } = plan.demand;
    expect(quote?.platformCpu).toEqual(trade?.platformCpu);
    expect(quote?.platformCpu?.separable).toBe(false);
    expect(quote?.platformCpu?.group?.toSorted()).toEqual(['quote', 'trade']);
    // What they cost on average is known; what one of them costs is not, and no number pretends to be it.
    expect(quote?.platformCpu?.together?.value).toBeCloseTo((0.0008 + 0.003) / 2, 4);
    expect(quote?.platformCpu).not.toHaveProperty('value');
    expect(() => planCapacity([run], { mix: { quote: 9, trade: 1 } })).toThrow(
      expect.objectContaining({
        code: 'REFUSED',
        message: expect.stringMatching(/(quote and trade|trade and quote) cost apart/),
      }),
    );
    expect(planCapacity([run], { mix: { quote: 52, trade: 48 } }).load?.mix.quote).toBeCloseTo(0.52, 9);
  });
});

describe('a killed run', () => {
  it('is planned from up to its last second', () => {
    const whole = syntheticRun();
    const lines = [
      { run: whole.header },
      ...whole.rows.slice(0, 45).map((row) => ({ row })),
      ...whole.samples.filter(({ t }) => t < 45).map((sample) => ({ sample })),
    ];
    const text = `${lines.map((line) => serialiseLine(line)).join('')}{"row":{"t":46,"sec`;
    const plan = planCapacity([parseRun(text, 'killed.ndjson')], { peak: 500 });
    expect(plan.basis).toBe('measured');
    expect(plan.inputs.runs[0]).toMatchObject({ complete: false, seconds: 45 });
    expect(find(plan.findings, 'RUN_INCOMPLETE')?.args.seconds).toBe(45);
    expect(plan.demand.trade?.platformCpu?.value).toBeCloseTo(0.003, 3);
  });

  it('is refused when no request was completed', () => {
    const empty = syntheticRun({ change: (run) => run.rows.splice(0) });
    expect(() => planCapacity([empty])).toThrow(expect.objectContaining({ code: 'REFUSED' }));
  });
});

describe('a plan from a run', () => {
  let plan: Plan;
  beforeAll(() => {
    plan = planCapacity([syntheticRun()], { peak: 2000, startup: 20 });
  });

  it('is measured, and carries the peak by the utilisation law', () => {
    expect(plan.basis).toBe('measured');
    const { cpu, replicas, fits } = plan;
    const target = cpuTargetOf(plan) / 100;
    const perRequest = Object.entries(plan.load?.mix ?? {}).reduce(
      (sum, [name, share]) => sum + share * (plan.demand[name]?.platformCpu?.value ?? 0),
      0,
    );
    const idle = fits.platformCpu?.background.value ?? 0;
    expect(replicas?.p50).toBe(Math.ceil((2000 * perRequest) / (0.5 * target - idle)));
    expect(replicas?.recommended).toBe((replicas?.byCpu ?? 0) + 1);
    expect(cpu).toMatchObject({ request: 0.5, limit: 1, targetUtilisation: target, basis: 'measured' });
    const left = ((replicas?.recommended ?? 0) - 1) * 0.5 * target;
    expect(cpu?.atPeakUpper).toBeLessThanOrEqual(left);
    expect(plan.atPeak.platformCpu?.value).toBeCloseTo(cpu?.atPeak ?? 0, 9);
  });

  it('sees the truth from the operations of the database at the peak', () => {
    const share = plan.load?.mix.trade ?? 0;
    const trades = 2000 * share;
    // 1.4 writes and 0.9 syncs a trade, and one extension for 8 KiB of growth.
    const peak = trades * (1.4 + 0.9 + 280 / 8192);
    expect(plan.iops?.peak).toBeGreaterThan(peak * 0.95);
    expect(plan.iops?.peak).toBeLessThan(peak * 1.1);
    expect(plan.iops?.recommended).toBeCloseTo((plan.iops?.peak ?? 0) / 0.7, 9);
    expect(plan.iops?.volume).toMatchObject({ name: 'gp3', iops: 3000 });
    expect(plan.iops?.average).toBeCloseTo(peak / 2.62, -1);
    const perDay = (280 * trades * 86_400) / 2.62;
    expect(Math.abs((plan.storage?.growthPerDay ?? 0) / perDay - 1)).toBeLessThan(0.05);
    expect(find(plan.findings, 'ASSUMED_AVERAGE_LOAD')?.args).toMatchObject({ peak: 2000, ratio: 2.62 });
    expect(plan.storage).toMatchObject({ basis: 'measured', currentBasis: 'measured', daysUntilFull: null });
  });

  it('sizes pools by how long connections are held', () => {
    const mix = plan.load?.mix ?? {};
    const hold = Object.entries(mix).reduce(
      (sum, [name, share]) => sum + share * (truth[name]?.hold ?? 0),
      0,
    );
    expect(plan.connections?.holdTime).toBeGreaterThan(hold * 0.97);
    expect(plan.connections?.holdTime).toBeLessThan(hold * 1.06);
    expect(plan.connections?.required).toBeCloseTo(2000 * (plan.connections?.holdTime ?? 0), 9);
    expect(plan.connections).toMatchObject({ maxConnections: 100, current: 10, poolPerReplica: 4 });
    expect(plan.connections?.acquireWait).toBeLessThanOrEqual(0.01);
  });

  it('names the resource that binds first and at what rate', () => {
    const rates = plan.saturations.map(({ atRate }) => atRate);
    expect(rates).toEqual(rates.toSorted((a, b) => a - b));
    expect(plan.bottleneck).toEqual(plan.saturations[0]);
    const database = plan.saturations.find(({ resource }) => resource === 'databaseCpu');
    const cost = Object.entries(plan.load?.mix ?? {}).reduce(
      (sum, [name, share]) => sum + share * (plan.demand[name]?.databaseCpu?.value ?? 0),
      0,
    );
    expect(database?.atRate).toBeCloseTo(
      (4 * 0.8 - (plan.fits.databaseCpu?.background.value ?? 0)) / cost,
      6,
    );
  });

  it('says what it assumed and how far it reaches beyond the test', () => {
    expect(codes(plan.findings)).toEqual(
      expect.arrayContaining(['CHECKPOINT_CYCLE_NOT_COVERED', 'ASSUMED_RISE', 'FIT_EXTRAPOLATES']),
    );
    const beyond = plan.findings.flatMap((finding) =>
      finding.code === 'FIT_EXTRAPOLATES' ? [finding.args] : [],
    );
    expect(beyond.find(({ resource }) => resource === 'databaseCpu')).toMatchObject({ to: 2000 });
    const near = planCapacity([syntheticRun({ checkpoints: [10, 50] })], { peak: 90, startup: 5 });
    expect(codes(near.findings)).not.toContain('FIT_EXTRAPOLATES');
    expect(codes(near.findings)).not.toContain('CHECKPOINT_CYCLE_NOT_COVERED');
    expect(near.observed?.checkpoints).toBe(2);
  });

  it('is the same for the same seed and differs little for another', () => {
    const run = syntheticRun();
    const again = planCapacity([run], { peak: 2000, startup: 20 });
    expect(again).toEqual(plan);
    const other = planCapacity([run], { peak: 2000, startup: 20, seed: 2 });
    expect(other.demand.trade?.platformCpu?.value).toBe(plan.demand.trade?.platformCpu?.value);
    expect(other.demand.trade?.platformCpu?.high).not.toBe(plan.demand.trade?.platformCpu?.high);
    expect(
      Math.abs((other.replicas?.recommended ?? 0) - (plan.replicas?.recommended ?? 0)),
    ).toBeLessThanOrEqual(1);
  });

  it('survives JSON without losing a number', () => {
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('narrows with a second run of the same service', () => {
    const two = planCapacity([syntheticRun(), syntheticRun({ seed: 2 })], { peak: 2000 });
    const width = ({ demand }: Plan) => {
      const { low = 0, high = 0 } = demand.trade?.platformCpu ?? {};
      return high - low;
    };
    expect(width(two)).toBeLessThan(width(plan));
    expect(two.inputs.runs).toHaveLength(2);
  });
});
