import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import {
  type Calibration,
  calibratedFor,
  readCalibration,
  thisMachine,
  writeCalibration,
} from '../src/calibration.ts';
import { ownPackage } from '../src/own-package.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const known: Calibration = {
  requestsPerSecond: 20_000,
  cpuPerRequest: 30e-6,
  scheduleLag: 0.002,
  onSchedule: 0.01,
  workers: 1,
  servers: 1,
  closedLoop: 30_000,
  limit: 'generator',
  rungs: [],
  machine: thisMachine(),
  version: ownPackage().version,
  date: '2026-11-29T10:00:00.000Z',
};

const file = path.join(folder, 'deeper', 'doctor.json');

it('gives back what was written, whole', () => {
  writeCalibration({ schema: 'fxscale.doctor/1', calibration: { ...known, workers: 4 } }, file);
  writeCalibration({ schema: 'fxscale.doctor/1', calibration: known }, file);
  expect(readCalibration(file)).toEqual(known);
  expect(readdirSync(path.dirname(file))).toEqual(['doctor.json']);
});

it.each([
  ['of another machine', { ...known, machine: { ...known.machine, cpus: known.machine.cpus + 1 } }],
  ['under another CPU limit', { ...known, machine: { ...known.machine, quota: 0.123 } }],
  ['of another Node', { ...known, machine: { ...known.machine, node: 'v20.0.0' } }],
  ['of another version of fxscale', { ...known, version: '0.0.0' }],
  ['without a figure', { ...known, requestsPerSecond: null }],
  ['that is none', null],
])('does not take a calibration %s', (_, calibration) => {
  writeCalibration({ calibration }, file);
  expect(readCalibration(file)).toBeUndefined();
});

it('goes without a file that is missing or broken', () => {
  expect(readCalibration(path.join(folder, 'missing.json'))).toBeUndefined();
  const broken = path.join(folder, 'broken.json');
  writeFileSync(broken, '{"calibration":');
  expect(readCalibration(broken)).toBeUndefined();
});

it('says where it cannot be written, and leaves nothing', () => {
  const inTheWay = path.join(folder, 'file');
  writeFileSync(inTheWay, 'kept');
  expect(() => writeCalibration({}, path.join(inTheWay, 'doctor.json'))).toThrow(
    expect.objectContaining({
      code: 'OUTPUT',
      message: expect.stringMatching(/doctor\.json cannot be written: /),
    }),
  );
});

it('holds for runs with as many workers only', () => {
  const figure = { calibratedRate: 20_000, calibratedAt: '2026-11-29T10:00:00.000Z' };
  expect(calibratedFor(known, 1)).toEqual(figure);
  expect([calibratedFor(known, 2), calibratedFor(undefined, 1)]).toEqual([{}, {}]);
});
