import { describe, expect, it } from 'vitest';
import { predictLatency } from '../../src/models/latency/choose.ts';
import { latencyOf } from '../../src/models/latency/shapes.ts';
import { fitRuns } from '../../src/planners/fits.ts';
import { fitLatency, unloadedVariability } from '../../src/planners/latency-fit.ts';
import type { Run } from '../../src/run.ts';
import { syntheticRun, truth } from './synthetic.ts';

/** Of a core, 15 to 60 %: latency is uniform within a fifth of its mean, which grows as in processor sharing. */
const load = [80, 120, 160, 200, 240, 280, 310].map((rate) => ({
  seconds: 10,
  rate,
  mix: { quote: 0.5, trade: 0.5 },
}));
const run = syntheticRun({ steps: load, cpuLimit: 1 });
const latencies = (runs: readonly Run[], quantiles = [0.95]) =>
  fitLatency(runs, fitRuns(runs, 1).fits, { seed: 1, quantiles });

describe('latency fitted to a run', () => {
  const all = latencies([run], [0.5, 0.95]);

  it('is told for every class and quantile', () => {
    expect(all.map((each) => `${each.class} ${each.quantile}`).toSorted()).toEqual([
      'quote 0.5',
      'quote 0.95',
      'trade 0.5',
      'trade 0.95',
    ]);
  });

  it('foretells loads above those that were measured', () => {
    for (const { class: name, quantile, fit } of all) {
      expect(fit?.to).toBeGreaterThan(0.5);
      expect(fit?.to).toBeLessThan(0.65);
      if (fit === null) continue;
      const { value, low, high } = predictLatency(fit, 0.8);
      // Uniform from 0.8 to 1.2 of the mean.
      const actual = ((truth[name]?.latency ?? 0) * (0.8 + 0.4 * quantile)) / (1 - 0.8);
      expect(Math.abs(value / actual - 1)).toBeLessThan(0.2);
      expect(low).toBeLessThan(actual);
      expect(high).toBeGreaterThan(actual);
    }
  });

  it('names the error of every model that it could have been', () => {
    for (const { quantile, fit } of all) {
      expect(fit?.candidates.map(({ model }) => model)).toContain(fit?.latency.model);
      expect(fit?.candidates.length).toBeGreaterThanOrEqual(5);
      for (const { error, latency } of fit?.candidates ?? []) {
        expect(error).toBeGreaterThanOrEqual(0);
        expect(latencyOf(latency, quantile, 0.7)).toBeGreaterThan(latencyOf(latency, quantile, 0.1));
      }
    }
  });

  it('is the same each time, and plain data', () => {
    expect(latencies([run], [0.5, 0.95])).toEqual(all);
    expect(JSON.parse(JSON.stringify(all))).toEqual(all);
  });

  it('may be throttled under a limit of less than a core', () => {
    const limited = syntheticRun({ steps: load.map((step) => ({ ...step, rate: step.rate / 2 })) });
    const [found] = latencies([limited]);
    expect(found?.fit?.candidates.map(({ model }) => model)).toContain('throttled');
  });
});

describe('the variability of service', () => {
  it('is told by the latencies at the lowest load', () => {
    // Uniform from 0.8 to 1.2 of the mean: 0.4^2 / 12.
    const { variability = 0 } = unloadedVariability([run], 'trade') ?? {};
    expect(variability).toBeGreaterThan(0.006);
    expect(variability).toBeLessThan(0.02);
    expect(unloadedVariability([run], 'history')).toBeUndefined();
  });
});

describe('latency is not fitted', () => {
  it('where there were too few requests at too few loads', () => {
    const short = syntheticRun({
      cpuLimit: 1,
      steps: [{ seconds: 30, rate: 60, mix: { quote: 0.98, trade: 0.02 } }],
    });
    const found = Object.fromEntries(latencies([short]).map((each) => [each.class, each]));
    expect(found.quote).toEqual({ class: 'quote', quantile: 0.95, fit: null, missing: 'narrow' });
    expect(found.trade).toEqual({ class: 'trade', quantile: 0.95, fit: null, missing: 'few' });
  });

  it('where the CPU of the service was not read', () => {
    const blind = syntheticRun({ steps: load, change: ({ samples }) => samples.splice(0) });
    expect(latencies([blind])).toEqual([]);
  });

  it('where several threads may use as much as there is', () => {
    const unknown = syntheticRun({
      steps: load,
      cpuLimit: null,
      change: ({ samples }) => {
        for (const { values } of samples) delete values.nodejs_eventloop_lag_seconds;
      },
    });
    expect(latencies([unknown])).toEqual([]);
  });

  it('to what ran under another limit', () => {
    const other = syntheticRun({ seed: 2, cpuLimit: 0.5, steps: load.slice(0, 2) });
    const [both] = latencies([run, other]);
    const [one] = fitLatency([run], fitRuns([run, other], 1).fits, { seed: 1, quantiles: [0.95] });
    expect(both).toEqual(one);
  });
});
