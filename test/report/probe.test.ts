import { describe, expect, it } from 'vitest';
import { throughputAt, type Usl } from '../../src/models/usl.ts';
import type { Severity } from '../../src/planners/findings.ts';
import { judgeProbe, type MeasuredStep } from '../../src/planners/probe.ts';
import type { ProbeFinding } from '../../src/planners/probe-findings.ts';
import { drawChart } from '../../src/report/chart.ts';
import { probeProgressLine, renderProbe } from '../../src/report/probe.ts';
import { describeProbeFinding } from '../../src/report/probe-words.ts';
import { step, sweepOf } from '../planners/sweeps.ts';

const law = (usl: Usl, concurrency: number) => throughputAt(usl, concurrency);
const judge = (steps: readonly MeasuredStep[], of = steps.length) =>
  judgeProbe(steps, { of, seed: 1, timeout: 10 });
const shown = (steps: readonly MeasuredStep[], width = 80) =>
  renderProbe(judge(steps), { color: false, width, law });
const levels = [1, 2, 4, 8, 16, 32, 64];
const collapsing = sweepOf(
  Object.fromEntries(levels.map((n) => [n, throughputAt({ lambda: 100, sigma: 0.05, kappa: 0.002 }, n)])),
);
const workers = sweepOf({ 1: 50, 2: 100, 4: 198, 8: 199, 16: 200, 32: 199, 64: 198 });

describe('a probe on the terminal', () => {
  it('that found a peak', async () => {
    await expect(shown(collapsing)).toMatchFileSnapshot('../golden/probe.terminal.txt');
  });

  it('that found capacity and no peak', () => {
    const text = shown(workers, 140);
    expect(text).toMatch(
      /^Capacity: 200\/s, reached with 4 connections\. No peak found in what was measured\.\n/,
    );
    expect(text).not.toContain('▲');
  });

  it('of a few levels, the last of which the generator limited', () => {
    const steps = [
      step(1, 50),
      step(2, 90),
      step(4, 95),
      step(8, 91, { busy: 0.96, errors: 7, reason: 'ECONNRESET' }),
    ];
    expect(shown(steps)).toMatchInlineSnapshot(`
      "INVALID in part: see the error below.

      Capacity: 95/s, reached with 4 connections. No peak found in what was measured.

      Requests per second by connections   ● measured
      100 ┤
          │                        ●                       ●                       ●
          │
          │
          │
          │
       50 ┤●
          │
          │
          │
          │
          │
        0 ┤
          └─────────────────────────────────────────────────────────────────────────
           1                       2                       4                       8

      connections  throughput     p50     p90     p99  errors  timeouts
                1        50/s    20ms    20ms    20ms       0         0
                2        90/s  22.2ms  22.2ms  22.2ms       0         0
                4        95/s  42.1ms  42.1ms  42.1ms       0         0
                8        91/s  87.9ms  87.9ms  87.9ms       7         0

      Error    The load generator was the limit, not the target: busy 96% of the time
               with 8 connections. Those steps are not used. Probe with fewer
               connections, or from a larger or another machine.
      Warning  The universal scalability law needs 6 different numbers of
               connections, from one to well past saturation; this was 3. Add values
               to -c.
      "
    `);
  });

  it('of one level', () => {
    expect(shown([step(8, 100)])).toMatchInlineSnapshot(`
      "Capacity unknown: nothing was measured that tells it.

      connections  throughput   p50   p90   p99  errors  timeouts
                8       100/s  80ms  80ms  80ms       0         0

      Warning  The universal scalability law needs 6 different numbers of
               connections, from one to well past saturation; this was 1. Add values
               to -c.
      "
    `);
  });

  it('of nothing but failures', () => {
    const dead = levels.map((n) => step(n, 0, { latency: 10, errors: 1000, reason: 'status 503' }));
    const text = shown(dead).replace(/\s+/g, ' ');
    expect(text).toContain('Capacity unknown: nothing was measured that tells it.');
    expect(text).toContain('100% of the requests failed: 7,000 errors, 0 timeouts, mostly status 503.');
  });

  it.each([80, 110, 140])('in %i columns', (width) => {
    for (const line of shown(collapsing, width).split('\n')) expect(line.length).toBeLessThan(width);
  });

  it('in colour, with the same words', () => {
    const result = judge(collapsing);
    const coloured = renderProbe(result, { color: true, width: 80, law });
    expect(coloured).toContain('\u001b[36m●\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out.
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(shown(collapsing));
  });
});

/** One finding of every code, of NO_PEAK one of every reason; the compiler sees to it that no code is missing. */
const examples: { [Code in ProbeFinding['code']]: Extract<ProbeFinding, { code: Code }>['args'][] } = {
  GENERATOR_LIMITED: [{ concurrencies: [128, 256], busy: 0.97 }],
  INCOMPLETE: [{ done: 3, of: 14 }],
  REQUESTS_FAILED: [
    { share: 0.025, errors: 34, timeouts: 1, reason: 'status 503', timeout: 10 },
    { share: 1, errors: 1, timeouts: 0, reason: null, timeout: 1.5 },
  ],
  NOT_SATURATED: [{ concurrency: 64, throughput: 6020.7, growth: 0.94 }],
  TOO_FEW_LEVELS: [{ levels: 5, needed: 6 }],
  NO_PEAK: [
    { reason: 'uncertain', concurrency: null, tested: 64 },
    { reason: 'outside', concurrency: 1234.5, tested: 64 },
    { reason: 'outside', concurrency: null, tested: 64 },
    { reason: 'flat', concurrency: 21.8, tested: 64 },
  ],
  PEAK_BEYOND_TESTED: [{ concurrency: 21.79, tested: 20 }],
  POOR_FIT: [{ r2: 0.713 }],
  REPEATS_DIFFER: [{ concurrencies: [1, 8, 64], spread: 0.12 }],
  FEW_REQUESTS: [{ concurrencies: [1], fewest: 1 }],
};

it('puts every finding into words, with every figure in them', async () => {
  const lines = Object.entries(examples).flatMap(([code, all]) =>
    all.map(
      (args) =>
        `${code}: ${describeProbeFinding({ code, args, severity: 'info' as Severity } as ProbeFinding)}`,
    ),
  );
  for (const line of lines) expect(line).not.toMatch(/undefined|NaN|null|\[object|\n| {2}/);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/probe-findings.txt');
});

describe('the chart', () => {
  const base = {
    ...{ curve: undefined, mark: undefined, width: 34, height: 4 },
    axis: 'logarithmic' as const,
    label: String,
  };

  it('puts points and a curve over a logarithmic axis', () => {
    const points = [1, 2, 4, 8, 16].map((x) => ({ x, y: 10 * x }));
    const lines = drawChart({ ...base, points, curve: (x) => 10 * x, mark: 8 });
    expect(`\n${lines.join('\n')}`).toMatchInlineSnapshot(`
      "
      200 ┤
          │                         ··●
      100 ┤                    ●····
          │         ·····●·····
        0 ┤●······●·
          └────────────────────────────
           1      2      4     8     16
                               ▲"
    `);
  });

  it('draws nothing at all, a single level and a mark outside', () => {
    const flat = drawChart({
      ...base,
      points: [
        { x: 1, y: 0 },
        { x: 2, y: 0 },
      ],
      mark: 9,
    });
    expect(flat.filter((line) => line.includes('●'))).toHaveLength(1);
    expect(flat.join('')).not.toContain('▲');
    expect(drawChart({ ...base, points: [{ x: 8, y: 3 }] }).join('')).toContain('●');
  });

  it('puts time on a linear axis with round numbers', () => {
    const points = Array.from({ length: 60 }, (_, i) => ({ x: i + 1, y: i / 1000 }));
    const label = (y: number) => `${Math.round(y * 1000)}ms`;
    const lines = drawChart({ ...base, points, axis: 'linear', label, curve: (x) => x / 2000 });
    expect(`\n${lines.join('\n')}`).toMatchInlineSnapshot(`
      "
      60ms ┤                       ●●●●
           │                 ●●●●●●●
      30ms ┤          ●●●●●●●   ·······
           │    ●●●●●●●·········
       0ms ┤●●●●···
           └───────────────────────────
                10  20   30  40   50 60"
    `);
  });

  it('leaves out the labels that would run into the one before', () => {
    const points = [1, 500, 501, 502, 1000].map((x) => ({ x, y: x }));
    expect(
      drawChart({ ...base, points })
        .at(-1)
        ?.trim()
        .split(/ +/),
    ).toEqual(['1', '500']);
  });
});

describe('the progress line', () => {
  const at = { done: 3, of: 14, connections: 64, left: 61.2 };

  it('tells where it is', () => {
    expect(probeProgressLine(at, { connections: 8, throughput: 1234.5 }, 120)).toBe(
      '━━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ step 4 of 14  64 connections  62s left  last: 1,235/s with 8',
    );
    expect(probeProgressLine(at, undefined, 120)).not.toContain('last');
  });

  it('is no longer than the terminal, and ends at the last step', () => {
    expect(probeProgressLine(at, undefined, 30)).toHaveLength(30);
    expect(probeProgressLine({ ...at, done: 14 }, undefined, 80)).toMatch(/^━{20} step 14 of 14/);
  });
});
