import { describe, expect, it } from 'vitest';
import { constantArrivalRate } from '../../src/load/schedule/constant-arrival-rate.ts';
import type { StartsPlan } from '../../src/load/schedule/plan.ts';
import { rampingArrivalRate } from '../../src/load/schedule/ramping-arrival-rate.ts';
import { equalPart } from '../../src/load/schedule/segment.ts';
import { shareOf } from '../../src/load/schedule/share.ts';

const pool = { preAllocatedVUs: 4, maxVUs: 4, gracefulStop: 30, arrivals: 'poisson' as const };
const constant = (seed: number, duration = 100) =>
  constantArrivalRate({ rate: 200, timeUnit: 1, duration, seed, ...pool });
const ramp = (seed: number) =>
  rampingArrivalRate({
    startRate: 0,
    timeUnit: 1,
    stages: [
      { duration: 50, target: 400 },
      { duration: 0, target: 0 },
      { duration: 50, target: 0 },
      { duration: 0, target: 100 },
      { duration: 50, target: 100 },
    ],
    seed,
    ...pool,
  });

function starts(plan: StartsPlan): number[] {
  const all: number[] = [];
  for (let i = 0; Number.isFinite(plan.startOf(i)); i++) all.push(plan.startOf(i));
  return all;
}

describe('Poisson arrivals', () => {
  it('come at the mean rate, with gaps whose deviation is their mean', () => {
    const all = starts(constant(1));
    // 20,000 expected; three standard deviations of a Poisson count.
    expect(Math.abs(all.length - 20_000)).toBeLessThan(3 * Math.sqrt(20_000));
    const gaps = all.slice(1).map((start, i) => start - (all[i] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
  });

  it('scatter from second to second as a Poisson count does: the variance is the mean', () => {
    const counts = new Array<number>(100).fill(0);
    for (const start of starts(constant(2))) counts[Math.floor(start)] = (counts[Math.floor(start)] ?? 0) + 1;
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1);
    // The index of dispersion of 100 counts has a standard deviation of sqrt(2 / 99).
    expect(Math.abs(variance / mean - 1)).toBeLessThan(3 * Math.sqrt(2 / 99));
  });

  it('follow a rate that changes, and do not come where it is 0', () => {
    const all = starts(ramp(3));
    const between = (from: number, to: number) => all.filter((start) => start >= from && start < to).length;
    expect(Math.abs(between(0, 25) - 2500)).toBeLessThan(3 * Math.sqrt(2500));
    expect(Math.abs(between(25, 50) - 7500)).toBeLessThan(3 * Math.sqrt(7500));
    expect(between(50.001, 99.999)).toBe(0);
    expect(Math.abs(between(100, 150) - 5000)).toBeLessThan(3 * Math.sqrt(5000));
  });

  it('are the same for a seed, whatever was asked before, and others for another', () => {
    const plan = constant(7, 1);
    const first = starts(plan);
    expect(starts(plan)).toEqual(first);
    expect(starts(constant(7, 1))).toEqual(first);
    expect(starts(constant(8, 1))).not.toEqual(first);
  });

  it('are the same times when workers share them', () => {
    const parts = [0, 1, 2].flatMap((worker) => {
      const share = shareOf(constant(5, 2), undefined, equalPart(3, worker));
      return share?.plan.kind === 'starts' ? starts(share.plan) : [];
    });
    expect(parts.toSorted((a, b) => a - b)).toEqual(starts(constant(5, 2)));
  });
});
