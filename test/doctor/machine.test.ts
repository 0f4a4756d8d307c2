import { expect, it } from 'vitest';
import { judgeClock, judgeCores, judgeFolder, judgeLoad, judgeMemory } from '../../src/doctor/machine.ts';
import { judgeNode } from '../../src/doctor/node.ts';
import { captured } from './fixture.ts';

it.each([
  ['v20.19.0', 'ok'],
  ['v20.20.2', 'ok'],
  ['v24.1.0', 'ok'],
  ['v100.0.0-nightly', 'ok'],
  ['v20.18.9', 'failed'],
  ['v18.20.5', 'failed'],
])('judges Node %s', (version, status) => {
  expect(judgeNode(version, '>=20.19')).toMatchObject({ status, detail: { needs: '20.19' } });
});

it.each([
  // CPUs, available, quota; the quota that is told.
  [8, 8, null, 'ok', null],
  [8, 2, null, 'ok', null],
  [8, 1, null, 'warning', null],
  [8, 8, 0.5, 'warning', 0.5],
  // A quota that allows all of the cores is no limit.
  [2, 2, 4, 'ok', null],
])('judges %i CPUs, %i of them available, under a quota of %s', (cpus, available, quota, status, told) => {
  expect(judgeCores(cpus, available, quota)).toMatchObject({ status, detail: { quota: told } });
});

it('warns of what is scarce, and of a machine that is busy', () => {
  const [mebi, gibi] = [2 ** 20, 2 ** 30];
  expect(judgeMemory(511 * mebi, 8 * gibi).status).toBe('warning');
  expect(judgeMemory(512 * mebi, 8 * gibi).status).toBe('ok');
  expect(judgeFolder('runs', { free: gibi - 1 }).status).toBe('warning');
  expect(judgeFolder('runs', { free: gibi }).status).toBe('ok');
  expect(judgeFolder('runs', { why: 'it is read-only' }).status).toBe('failed');
  expect(judgeLoad(1.1, 2).status).toBe('warning');
  expect(judgeLoad(0.9, 2).status).toBe('ok');
});

it.each([
  [captured('/sys/devices/system/clocksource/clocksource0/current_clocksource'), 'ok', 'tsc'],
  ['hpet\n', 'warning', 'hpet'],
  [undefined, 'ok', null],
])('judges the clock source %j', (text, status, source) => {
  expect(judgeClock(text, 1e-7, 0.0011)).toMatchObject({ status, detail: { source } });
});
