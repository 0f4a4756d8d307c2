import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../src/planners/plan.ts';
import { examineTogether } from '../../src/planners/stale-runs.ts';
import type { Run } from '../../src/run.ts';
import { syntheticRun } from './synthetic.ts';

const steps = [{ seconds: 2, rate: 20, mix: { quote: 1 } }];
const run = (change: (header: Run['header']) => void = () => undefined) =>
  syntheticRun({ steps, change: ({ header }) => change(header) });

describe('runs that are planned from together', () => {
  it('are of one script, one kind of machine and one build, or say so', () => {
    expect(
      examineTogether([run(), run(), run((header) => Object.assign(header, { script: 'other.ts@1' }))]),
    ).toEqual([]);
    const old = run((header) => {
      header.script = 'trading.ts@ffffffffffff';
      header.machine.cpus = 16;
    });
    expect(examineTogether([run(), old])).toEqual([
      { code: 'SCRIPTS_DIFFER', severity: 'warning', args: { script: 'trading.ts', versions: 2 } },
      {
        code: 'MACHINES_DIFFER',
        severity: 'warning',
        args: { machines: ['4 CPUs, linux/x64', '16 CPUs, linux/x64'] },
      },
    ]);
  });

  it('are refused when they measured different builds', () => {
    const build = (name: string) =>
      run((header) => Object.assign(header, { id: name, service: { build: name } }));
    expect(() => planCapacity([build('a1'), run(), build('b2')])).toThrow(
      expect.objectContaining({
        code: 'REFUSED',
        message: expect.stringMatching(/of build a1, .* of build b2: /),
      }),
    );
    expect(examineTogether([build('a1'), build('a1'), run()])).toEqual([]);
  });
});

describe('a run that its generator limited', () => {
  it('is not asked about latencies', () => {
    const late = syntheticRun({
      change: ({ rows }) => {
        for (const row of rows) row.generator.scheduleLag = 0.3;
      },
    });
    const slos = [{ quantile: 0.95, seconds: 0.1 }];
    expect(() => planCapacity([late], { peak: 500, worlds: 200, slos })).toThrow(
      expect.objectContaining({
        code: 'REFUSED',
        message: expect.stringContaining('--slo: the load generator was the bottleneck of run synthetic-1'),
      }),
    );
    // What a request costs the service is told all the same, with an error finding.
    const { findings } = planCapacity([late], { peak: 500, worlds: 200 });
    expect(findings.map(({ code }) => code)).toContain('GENERATOR_LIMITED');
  });
});

describe('a run that was loaded far below the plan', () => {
  const light = syntheticRun({
    steps: [20, 40, 30, 50, 25, 45].map((rate) => ({ seconds: 6, rate, mix: { quote: 0.7, trade: 0.3 } })),
  });
  const at = (extrapolate: boolean) => planCapacity([light], { peak: 2000, worlds: 200, extrapolate });

  it('keeps its replicas near to what one was tested with, and says what that costs', () => {
    const { replicas, findings, observed, hpa } = at(false);
    const found = findings.find((each) => each.code === 'REPLICAS_WITHIN_TEST');
    const tested = observed?.testedRate ?? 0;
    expect(replicas).toMatchObject({ by: 'tested', byTested: Math.ceil(2000 / (1.2 * tested)) });
    expect(found?.args).toMatchObject({ replicas: replicas?.byTested, otherwise: replicas?.byCpu });
    expect(found?.code === 'REPLICAS_WITHIN_TEST' && found.args.tested).toBeCloseTo(tested, 9);
    expect(
      hpa?.spec.metrics[0]?.type === 'Resource' && hpa.spec.metrics[0].resource.target.averageUtilization,
    ).toBeLessThan(30);
    expect(
      findings.filter(({ code, args }) => code === 'FIT_EXTRAPOLATES' && args.resource === 'platformCpu'),
    ).toEqual([]);
  });

  it('may be extrapolated from with a flag, which is marked', () => {
    const { replicas, findings } = at(true);
    expect(replicas).toMatchObject({ by: 'cpu', byTested: null });
    expect(replicas?.recommended).toBeLessThan(at(false).replicas?.recommended ?? 0);
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'FIT_EXTRAPOLATES',
        args: expect.objectContaining({ resource: 'platformCpu' }),
      }),
    );
  });
});
