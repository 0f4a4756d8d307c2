import { expect, it } from 'vitest';
import { burnCpu, createBurner } from '../../server/http/burn.ts';

function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

it('burns the CPU time asked for', () => {
  const used = cpuOf(() => {
    for (let i = 0; i < 50; i++) burnCpu(0.002);
  });
  expect(used).toBeGreaterThanOrEqual(0.1);
  expect(used).toBeLessThan(0.12);
});

it('burns only for the classes that are named', () => {
  const burn = createBurner({ trade: 0.05 });
  expect(cpuOf(() => burn('trade'))).toBeGreaterThanOrEqual(0.05);
  expect(cpuOf(() => burn('quote'))).toBeLessThan(0.01);
});
