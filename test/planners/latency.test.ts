import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyAt, latencyFloor, latencyModel, utilisationAt } from '../../src/planners/latency.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import type { RunRow } from '../../src/run.ts';
import { steps, syntheticRun, truth } from './synthetic.ts';

describe('latency and utilisation', () => {
  const model = fc.record({
    floor: fc.double({ min: 1e-4, max: 1, noNaN: true }),
    at: fc.double({ min: 0, max: 0.5, noNaN: true }),
    k: fc.double({ min: 0.25, max: 10, noNaN: true }),
  });

  it('lead to each other and back', () => {
    fc.assert(
      fc.property(model, fc.double({ min: 0.5, max: 0.99, noNaN: true }), (latency, utilisation) => {
        expect(utilisationAt(latency, latencyAt(latency, utilisation))).toBeCloseTo(utilisation, 9);
      }),
      { seed: 40, numRuns: 300 },
    );
  });

  it('follow processor sharing for k = 1', () => {
    expect(latencyAt({ floor: 0.01, at: 0, k: 1 }, 0.8)).toBeCloseTo(0.05, 12);
    expect(utilisationAt({ floor: 0.01, at: 0, k: 1 }, 0.05)).toBeCloseTo(0.8, 12);
  });

  it('are refused outside their domain', () => {
    expect(() => latencyAt({ floor: 0.01, at: 0, k: 1 }, 1)).toThrow(RangeError);
    expect(() => utilisationAt({ floor: 0.01, at: 0, k: 1 }, 0.009)).toThrow(RangeError);
  });
});

/** Requests of one class at a load that drives the service to 60 % and more. */
const load = [4, 8, 12, 16, 20, 24].map((share) => ({
  seconds: 10,
  rate: share * 12,
  mix: { quote: 0.5, trade: 0.5 },
}));
const cost = (0.0008 + 0.003) / 2;
const utilisation = (rows: readonly RunRow[]) => {
  const count = rows.reduce(
    (sum, row) => sum + Object.values(row.classes).reduce((total, own) => total + own.count, 0),
    0,
  );
  return ((count / rows.length) * cost) / 0.5;
};

describe('a latency model from a run', () => {
  const run = syntheticRun({ steps: load });

  it('finds the floor and the growth that the latencies were made with', () => {
    // Latency is uniform within a fifth of its mean, and grows as in processor sharing.
    const floor = latencyFloor([run], 'trade', 0.99) ?? 0;
    const lightest = (48 * cost) / 0.5;
    expect(floor).toBeGreaterThan(0.006 * 1.15);
    expect(floor).toBeLessThan((0.006 * 1.2) / (1 - lightest) / 0.9);
    const k = latencyModel([run], 'trade', 0.99, utilisation)?.k ?? 0;
    // (1 - at) from an already busy server, where it would be 1 from an idle one.
    expect(k).toBeGreaterThan(0.7);
    expect(k).toBeLessThan(0.95);
    expect(latencyModel([run], 'trade', 0.99, undefined)).toEqual({ floor, at: 0, k: 1 });
  });

  it('knows nothing of a class with few requests', () => {
    expect(latencyModel([run], 'history', 0.99, utilisation)).toBeUndefined();
    const rare = syntheticRun({ steps: [{ seconds: 20, rate: 2, mix: { quote: 1 } }] });
    expect(latencyFloor([rare], 'quote', 0.99)).toBeUndefined();
  });

  it('does not take the speed of failures for the floor', () => {
    const failing = syntheticRun({
      steps: load,
      change: ({ rows }) => {
        for (const row of rows.slice(0, 10)) {
          for (const own of Object.values(row.classes)) {
            own.failures = own.count;
            own.latency = { ...own.latency, min: 1e-5, max: 1e-5, values: [1e-5], counts: [own.count] };
          }
        }
      },
    });
    expect(latencyFloor([failing], 'trade', 0.99)).toBeGreaterThan(0.006);
  });
});

describe('an SLO', () => {
  const run = syntheticRun();
  const at = (slo: { class?: string; quantile: number; seconds: number }) =>
    planCapacity([run], { peak: 2000, startup: 20, worlds: 200, slos: [slo] });

  it('allows less utilisation the tighter it is, so that more replicas are needed', () => {
    const [loose, tight] = [at({ quantile: 0.95, seconds: 1 }), at({ quantile: 0.95, seconds: 0.016 })];
    expect(loose.cpu?.saturation).toBe(0.9);
    expect(tight.cpu?.saturation).toBeLessThan(0.7);
    expect(tight.replicas?.recommended).toBeGreaterThan(loose.replicas?.recommended ?? 0);
    const quotes = at({ class: 'quote', quantile: 0.95, seconds: 0.016 });
    expect(quotes.cpu?.saturation).toBeGreaterThan(tight.cpu?.saturation ?? 1);
  });

  it('is refused below what an idle service takes, naming both', () => {
    const seconds = (truth.trade?.latency ?? 0) / 2;
    expect(() => at({ class: 'trade', quantile: 0.95, seconds })).toThrow(
      expect.objectContaining({
        code: 'REFUSED',
        message: expect.stringMatching(
          /^--slo trade:p95=3ms: trade takes \d(\.\d+)?ms at the lowest load, so no count of replicas helps; cut/,
        ),
      }),
    );
  });

  it('is refused about a class that nobody measured', () => {
    expect(() => at({ class: 'checkout', quantile: 0.99, seconds: 1 })).toThrow(
      expect.objectContaining({ code: 'REFUSED', message: expect.stringMatching(/the runs sent .*quote/) }),
    );
  });

  it('is kept for a service that is tested with a quarter of the steps', () => {
    const short = syntheticRun({ steps: steps.slice(0, 5) });
    const plan = planCapacity([short], { worlds: 200, slos: [{ quantile: 0.95, seconds: 0.1 }] });
    expect(plan.cpu?.saturation).toBeGreaterThan(0.8);
    // Five steps are too few for the classes that are rare in them.
    expect(plan.findings).toContainEqual(
      expect.objectContaining({ code: 'LATENCY_NOT_FITTED', severity: 'warning' }),
    );
  });
});
