import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/planners/findings.ts';
import { type Fitted, fitRuns } from '../../src/planners/fits.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import { apart, injected, simulate, together } from './simulated-service.ts';

const truth: Record<string, number> = injected;
const figures = ({ classes, fit }: Fitted) =>
  classes.map((name, k) => {
    const { value = 0, low = 0, high = 0 } = fit.demands[k] ?? {};
    const actual = truth[name] ?? 0;
    return { error: Math.abs(value / actual - 1), covered: low <= actual && actual <= high };
  });

function cpuOf(seed: number, options: { trailing?: number } = {}): { cpu: Fitted; findings: Finding[] } {
  const { fits, findings } = fitRuns([simulate(seed, { steps: apart, ...options })], seed);
  if (fits.platformCpu === undefined) throw new Error('the CPU of the simulated service was not fitted');
  return { cpu: fits.platformCpu, findings };
}

describe('the demand of 1, 4 and 12 ms under a background load, in 50 simulated minutes', () => {
  let all: ReturnType<typeof figures>[];
  beforeAll(() => {
    all = Array.from({ length: 50 }, (_, seed) => figures(cpuOf(seed).cpu));
  });

  it('is at most 5 % off in every class of every run', () => {
    expect(all.flat()).toHaveLength(150);
    expect(Math.max(...all.flat().map(({ error }) => error))).toBeLessThanOrEqual(0.05);
  });

  it('is inside its 95 % interval in 90 to 99 % of the 150 estimates', () => {
    const share = all.flat().filter(({ covered }) => covered).length / 150;
    expect(share).toBeGreaterThanOrEqual(0.9);
    expect(share).toBeLessThanOrEqual(0.99);
  });
});

describe('a simulated counter that is told late', () => {
  it('is moved back by as much, and the demand is as true as before', () => {
    const { cpu, findings } = cpuOf(3, { trailing: 0.8 });
    const lag = findings.find((each) => each.code === 'COUNTER_LAGS');
    expect(lag).toMatchObject({ severity: 'info', args: { run: 'simulated-3', resource: 'platformCpu' } });
    expect(Math.abs((lag?.code === 'COUNTER_LAGS' ? lag.args.seconds : 0) - 0.8)).toBeLessThan(0.1);
    for (const { error } of figures(cpu)) expect(error).toBeLessThan(0.08);
    expect(cpuOf(3).findings.map(({ code }) => code)).not.toContain('COUNTER_LAGS');
  });
});

describe('outlying intervals', () => {
  it('are told with when they were and how much was used', () => {
    const { findings } = cpuOf(5);
    const outliers = findings.find((each) => each.code === 'OUTLIERS_DOWNWEIGHTED');
    if (outliers?.code !== 'OUTLIERS_DOWNWEIGHTED') throw new Error('no outliers were found');
    // The simulated service is disturbed for 250 ms after 18 to 24 s and after 45 to 51 s.
    const [first, second] = outliers.args.farthest.filter(({ used, expected }) => used - expected > 0.1);
    expect(first?.from).toBeGreaterThan(17);
    expect(first?.to).toBeLessThan(26);
    expect(second?.from).toBeGreaterThan(44);
    expect(second?.to).toBeLessThan(53);
    for (const { cause } of outliers.args.farthest) expect(cause).toBeNull();
  });

  it.each<['restart' | 'checkpoint' | 'collection', string, string, (t: number) => number]>([
    ['restart', 'platform/0', 'process_start_time_seconds', (t) => (t > 15.5 ? 2000 : 1000)],
    ['checkpoint', 'postgres', 'checkpoints', (t) => (t > 15.5 ? 3 : 2)],
    ['collection', 'platform/0', 'nodejs_gc_duration_seconds_sum{kind="major"}', (t) => (t > 15.5 ? 0.5 : 0)],
  ])('are put down to a %s where the samples of %s show one', (cause, source, name, valueAt) => {
    const run = simulate(5, { steps: apart });
    const disturbed = run.samples.map(({ t, values, source: own }) => {
      const extra = t > 15.5 ? 0.3 : 0;
      const cpu = (values.process_cpu_seconds_total ?? 0) + extra;
      const added = own === source ? { [name]: valueAt(t) } : {};
      return { t, source: own, values: { ...values, process_cpu_seconds_total: cpu, ...added } };
    });
    const others =
      source === 'postgres' ? disturbed.map(({ t }) => ({ t, source, values: { [name]: valueAt(t) } })) : [];
    const { findings } = fitRuns([{ ...run, samples: [...disturbed, ...others] }], 1);
    const outliers = findings.find((each) => each.code === 'OUTLIERS_DOWNWEIGHTED');
    if (outliers?.code !== 'OUTLIERS_DOWNWEIGHTED') throw new Error('no outliers were found');
    const struck = outliers.args.farthest.find(({ from, to }) => from < 15.5 && to > 15.5);
    expect(struck?.cause).toBe(cause);
    expect((struck?.used ?? 0) - (struck?.expected ?? 0)).toBeCloseTo(0.3, 1);
  });
});

it('does not put the database down to what the runtime of the service collects', () => {
  const run = simulate(5, { steps: apart });
  const name = 'nodejs_gc_duration_seconds_sum{kind="major"}';
  // The same figures as the CPU of the database, struck while the service collects.
  const samples = run.samples.flatMap(({ t, values, source }) => {
    const used = (values.process_cpu_seconds_total ?? 0) + (t > 15.5 ? 0.3 : 0);
    return [
      { t, source, values: { ...values, [name]: t > 15.5 ? 0.5 : 0 } },
      { t, source: 'process/postgres', values: { cpu_seconds: used } },
    ];
  });
  const outliers = fitRuns([{ ...run, samples }], 1).findings.flatMap((each) =>
    each.code === 'OUTLIERS_DOWNWEIGHTED' && each.args.resource === 'databaseCpu' ? each.args.farthest : [],
  );
  const struck = outliers.find(({ from, to }) => from < 15.5 && to > 15.5);
  expect((struck?.used ?? 0) - (struck?.expected ?? 0)).toBeCloseTo(0.3, 1);
  expect(struck?.cause).toBeNull();
});

describe('three classes that always move together', () => {
  it('are not separable: no figure of one of them is told, and what to change is', () => {
    const run = simulate(1, { steps: together, inTurn: true });
    const plan = planCapacity([run], { peak: 100 });
    const finding = plan.findings.find(
      (each) => each.code === 'CLASSES_NOT_SEPARABLE' && each.args.resource === 'platformCpu',
    );
    if (finding?.code !== 'CLASSES_NOT_SEPARABLE') throw new Error('they were told apart');
    const { classes, pair } = finding.args;
    for (const name of pair) expect(classes).toContain(name);
    for (const name of classes) {
      const demand = plan.demand[name]?.platformCpu;
      expect(demand).toMatchObject({ separable: false, group: classes });
      expect(demand).not.toHaveProperty('value');
    }
  });
});
