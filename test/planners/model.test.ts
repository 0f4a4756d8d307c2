import { describe, expect, it } from 'vitest';
import { modelRuns } from '../../src/planners/model/model.ts';
import type { Run, RunRow } from '../../src/run.ts';
import { steps, syntheticRun, truth } from './synthetic.ts';

const slo = { quantile: 0.95, seconds: 0.01 };
const run = syntheticRun({ cpuLimit: null });
const model = modelRuns([run], { slos: [slo] });

describe('the models of a run', () => {
  it('tell what every class costs, how its latency grows and what the replica holds', () => {
    for (const name of Object.keys(truth)) {
      const cpu = model.demand[name]?.platformCpu;
      const real = truth[name]?.cpu ?? 0;
      expect(cpu?.separable && cpu.low <= real && real <= cpu.high, name).toBe(true);
    }
    const told = model.latency.map(({ class: name, quantile }) => `${name} ${quantile}`);
    expect(told.sort()).toEqual(
      Object.keys(truth)
        .flatMap((name) => [0.5, 0.95, 0.99].map((quantile) => `${name} ${quantile}`))
        .sort(),
    );
    expect(model.memory?.peak).toBe(90 * 2 ** 20);
    expect(model.timeline).toHaveLength(60);
    const total = (of: 'used' | 'fitted') => model.cpu.reduce((sum, span) => sum + span[of], 0);
    expect(Math.abs(total('fitted') / total('used') - 1)).toBeLessThan(0.02);
  });

  it('say where a target breaks, by the run and by the model, for every class or for one', () => {
    // Rising to the end of what half a core carries, at a constant mix.
    const rising = Array.from({ length: 24 }, (_, i) => ({
      ...(steps[0] as (typeof steps)[0]),
      rate: 30 + 12 * i,
    }));
    expect(model.slos.map((each) => each.class).sort()).toEqual(Object.keys(truth).sort());
    const [trade] = modelRuns([syntheticRun({ steps: rising })], { slos: [{ ...slo, class: 'trade' }] }).slos;
    if (trade?.measured?.kind !== 'broke' || trade.modelled === null) throw new Error(JSON.stringify(trade));
    // Its latency is at most 1.2 times 6 ms, divided by what is left of the CPU; 95 in 100 are below 1.18 times.
    const utilisation = 1 - (1.18 * 0.006) / slo.seconds;
    const perRequest = Object.entries(steps[0]?.mix ?? {}).reduce(
      (sum, [name, share]) => sum + share * (truth[name]?.cpu ?? 0),
      0,
    );
    const expected = (utilisation * 0.5) / perRequest;
    expect(Math.abs(trade.measured.rate / expected - 1)).toBeLessThan(0.15);
    expect(Math.abs(trade.modelled.value / expected - 1)).toBeLessThan(0.2);
    expect(trade.modelled.low).toBeLessThanOrEqual(trade.modelled.value);
    expect(trade.modelled.high).toBeGreaterThanOrEqual(trade.modelled.value);
  });

  it('take the targets of the script where none is stated', () => {
    const change = (run: Run) => {
      const threshold = { metric: 'http_req_duration', expression: 'p(95)<10', ok: true };
      run.end = { t: 60, exitCode: 0, thresholds: [threshold] };
    };
    const { slos } = modelRuns([syntheticRun({ cpuLimit: null, change })], { slos: [] });
    expect(slos.map((each) => each.slo)).toEqual(Object.keys(truth).map(() => slo));
  });

  it('are the same for the same seed, and survive a round trip through JSON', () => {
    expect(modelRuns([run], { slos: [slo] })).toEqual(model);
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  });

  it('refuse a class that was not sent, and a run without requests', () => {
    expect(() => modelRuns([run], { slos: [{ ...slo, class: 'swap' }] })).toThrow(
      '--slo swap: no run sent this class; they sent',
    );
    const idle = (run: Run) => {
      run.rows = run.rows.map((row): RunRow => ({ ...row, classes: {} }));
    };
    expect(() => modelRuns([syntheticRun({ change: idle })], { slos: [] })).toThrow(
      'no request was completed',
    );
  });
});
