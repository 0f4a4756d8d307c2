import { describe, expect, it } from 'vitest';
import { COARSE_BITS, Histogram } from '../../src/models/histogram.ts';
import { measuredBreak, thresholdSlos } from '../../src/planners/model/slo-breaks.ts';
import type { Run, RunRow } from '../../src/run.ts';
import { syntheticRun } from './synthetic.ts';

type Second = { fast: number; slow?: number; failures?: number; inFlight?: number };

function rowOf({ fast, slow = 0, failures = 0, inFlight = 0 }: Second, i: number): RunRow {
  const latency = new Histogram(COARSE_BITS);
  latency.record(0.01, fast);
  latency.record(0.9, slow);
  return {
    t: i + 1,
    seconds: 1,
    classes: { trade: { count: fast + slow, failures, latency: latency.toJSON() } },
    generator: { cpu: 0, loopLag: 0, scheduleLag: 0, dropped: 0, iterations: 0, vus: 1, inFlight },
  };
}

/** Spans of five seconds each, all five alike. */
function runOf(spans: Second[]): Run {
  return { ...syntheticRun({ steps: [] }), rows: spans.flatMap((span) => Array(5).fill(span)).map(rowOf) };
}

const slo = { quantile: 0.99, seconds: 0.1 };
const rising = (change: (rate: number) => Partial<Second>) =>
  runOf(Array.from({ length: 20 }, (_, i) => ({ fast: 100 * (i + 1), ...change(100 * (i + 1)) })));

describe('where a run breaks an SLO', () => {
  it('is between the last rate that kept it and the first that did not', () => {
    const run = rising((rate) => (rate > 1000 ? { slow: rate / 10 } : {}));
    expect(measuredBreak([run], 'trade', slo, 1)).toMatchObject({
      kind: 'broke',
      // Of 110 requests 10 were slow at 1,210 requests a second.
      rate: expect.closeTo(1000 + (0.01 / (1 / 11)) * 210, 6),
    });
  });

  it('counts failures as late, however fast they were', () => {
    const run = rising((rate) => (rate > 1000 ? { failures: rate / 10 } : {}));
    expect(measuredBreak([run], 'trade', slo, 1)).toMatchObject({ kind: 'broke' });
    expect(measuredBreak([rising(() => ({}))], 'trade', slo, 1)).toEqual({ kind: 'held', rate: 2000 });
  });

  it('is told in requests that began: what piles up was sent, too', () => {
    const spans = [100, 200, 300].map((fast) => ({ fast }));
    const run = runOf([...spans, { fast: 200, slow: 100, inFlight: 1000 }]);
    // 300 ended a second, and 200 more stayed in flight.
    const found = measuredBreak([run], 'trade', slo, 1);
    expect(found).toMatchObject({ kind: 'broke', rate: expect.closeTo(300 + (0.01 / (1 / 3)) * 200, 6) });
  });

  it('is not told for a class without requests', () => {
    expect(measuredBreak([runOf([{ fast: 1 }])], 'quote', slo, 1)).toBeUndefined();
  });
});

describe('the targets of a script', () => {
  it('are its thresholds on the duration of requests', () => {
    const run = syntheticRun({ steps: [] });
    const thresholds = [
      ['http_req_duration', 'p(95)<250'],
      ['http_req_duration', 'p(99.9) <= 1000'],
      ['http_req_duration', 'p(95)<250'],
      ['http_req_duration', 'avg<200'],
      ['http_req_duration', 'p(95)<250 over 10s'],
      ['http_req_duration{name:trade}', 'p(95)<250'],
      ['iteration_duration', 'p(95)<250'],
    ].map(([metric = '', expression = '']) => ({ metric, expression, ok: true }));
    expect(thresholdSlos([{ ...run, end: { t: 1, exitCode: 0, thresholds } }])).toEqual([
      { quantile: 0.95, seconds: 0.25 },
      { quantile: expect.closeTo(0.999, 12), seconds: 1 },
    ]);
    const { end: _, ...killed } = run;
    expect(thresholdSlos([killed])).toEqual([]);
  });
});
