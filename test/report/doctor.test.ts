import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/diagnosis.ts';
import type { Check } from '../../src/doctor/check.ts';
import { judgeNetwork, judgeOpenFiles } from '../../src/doctor/limits.ts';
import { judgeClock, judgeCores, judgeFolder, judgeLoad, judgeMemory } from '../../src/doctor/machine.ts';
import { judgeNode } from '../../src/doctor/node.ts';
import { calibrationProgressLine, renderDoctor } from '../../src/report/doctor.ts';
import { describeCheck, describeGeneratorShare } from '../../src/report/doctor-words.ts';
import { captured } from '../doctor/fixture.ts';

const gibi = 2 ** 30;
const machine = {
  cpus: 2,
  available: 2,
  quota: null,
  model: 'Intel(R) Xeon(R) Processor',
  platform: 'linux/x64',
  node: 'v20.20.2',
};

const diagnosis: Diagnosis = {
  schema: 'fxscale.doctor/1',
  date: '2026-11-29T10:00:12.000Z',
  version: '0.1.0',
  machine,
  checks: [
    judgeNode('v20.20.2', '>=20.19'),
    judgeFolder('.fxscale/runs', { free: 0.5 * gibi }),
    { name: 'k6', group: 'tools', status: 'missing', detail: { command: 'k6' } },
    { name: 'redis', group: 'tools', status: 'ok', version: '7.0.15', detail: { command: 'redis-server' } },
    judgeCores(2, 2, null),
    judgeOpenFiles({ soft: 1024, hard: 1024 }),
    ...judgeNetwork(captured).slice(0, 1),
    {
      name: 'postgres/127.0.0.1:1/db',
      group: 'sources',
      status: 'failed',
      detail: { url: 'postgres://u:***@127.0.0.1:1/db', values: null },
      remarks: ['no sample: connect ECONNREFUSED 127.0.0.1:1'],
    },
  ],
  calibration: {
    requestsPerSecond: 20_100.4,
    cpuPerRequest: 31.4e-6,
    scheduleLag: 0.0021,
    onSchedule: 0.01,
    workers: 1,
    servers: 1,
    closedLoop: 27_000,
    limit: 'server',
    rungs: [],
    machine,
    version: '0.1.0',
    date: '2026-11-29T10:00:12.000Z',
  },
};

describe('a diagnosis is shown', () => {
  it('to a person, in 80 columns', () => {
    expect(renderDoctor(diagnosis, { color: false })).toMatchInlineSnapshot(`
      "fxscale 0.1.0 on linux/x64, Node 20.20.2, 2 × Intel(R) Xeon(R) Processor

      fxscale
        ok       node             20.20.2, 20.19 or newer is needed
        warning  folder for runs  .fxscale/runs: 512 MiB free; long runs and their
                                  samples may fill it

      Programs (optional)
        missing  k6     no k6 on the PATH; for fxscale run --engine k6
        ok       redis  7.0.15, for the platform's cache and jobs, with fxscale serve
                        --redis

      Machine
        ok       cores  2

      Limits
        warning  open files  1,024: about 924 connections; raise it with ulimit -n
                             65536
        ok       ports       32768 to 60999: 28,232 connections to one address at
                             once; without keep-alive 471/s new ones, to this machine
                             itself more

      Sources
        FAILED   postgres/127.0.0.1:1/db
                 no sample: connect ECONNREFUSED 127.0.0.1:1

      Load that this machine can generate (2026-11-29 10:00 UTC)
        20,100/s on schedule with 1 worker: 99% of the requests start at most 2.1ms
        late (10ms is the bound) and each costs 31.4µs of CPU. Beyond it the loopback
        server was the limit: the generator can do more. Fifty users who wait for
        each answer reach 27,000/s. These are small GETs with one check; a script
        that does more reaches less.

      1 failed, 2 warnings, 1 optional thing missing.
      "
    `);
  });

  it.each([40, 60, 80, 140])('within %i columns, and never narrower than 60', (width) => {
    const lines = renderDoctor(diagnosis, { color: false, width }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(Math.max(61, width));
  });

  it('with colours only when asked', () => {
    expect(renderDoctor(diagnosis, { color: true })).toContain('\u001b[31mFAILED');
    expect(renderDoctor(diagnosis, { color: false })).not.toContain('\u001b');
  });

  it('with more workers for a machine that has the cores', () => {
    const { calibration } = diagnosis;
    if (calibration === null) throw new Error('the example has a calibration');
    const on = (available: number) =>
      renderDoctor(
        { ...diagnosis, calibration: { ...calibration, machine: { ...machine, available } } },
        { color: false, width: 140 },
      ).replace(/\s+/g, ' ');
    expect(on(8)).toContain('On these 8 cores --workers auto uses 7 workers.');
    expect(on(2)).not.toContain('--workers auto');
  });

  it('with the reason when a calibration came to nothing', () => {
    const rung = {
      offered: 5000,
      achieved: 4000,
      dropped: 9,
      failures: 0,
      scheduleLag: 0.2,
      cpu: 0.2,
      serverBusy: 0.1,
    };
    const attempt = {
      ...{ requestsPerSecond: null, cpuPerRequest: null, scheduleLag: null, onSchedule: 0.01 },
      ...{ workers: 2, servers: 1, closedLoop: 20_000, limit: 'others' as const, rungs: [rung] },
    };
    const text = renderDoctor({ ...diagnosis, calibration: null, attempt }, { color: false, width: 140 });
    expect(text.replace(/\s+/g, ' ')).toContain(
      'No figure: not even 5,000/s was on schedule with 2 workers (99% of the requests at most 10ms late, none dropped). Neither the generator nor the server was busy',
    );
  });
});

describe('a check is told', () => {
  it.each<[Check, string]>([
    [
      judgeOpenFiles({ soft: 1024, hard: 4096 }),
      '1,024: about 924 connections; raise it with ulimit -n 65536',
    ],
    [judgeOpenFiles({ soft: 'unlimited', hard: 'unlimited' }), 'unlimited'],
    [judgeOpenFiles(undefined), 'not known: this system does not tell'],
    [judgeNode('v18.0.0', '>=20.19'), 'too old: install Node 20.19 or newer'],
    [
      judgeMemory(0.25 * gibi, gibi),
      '256 MiB of 1 GiB free; the platform, its database and a run need 512 MiB',
    ],
    [
      judgeLoad(1.5, 2),
      '1.5 processes wanted the 2 cores (mean of the last minute); figures measured now are too low: end them, or wait',
    ],
    [judgeCores(8, 4, null), '4 of 8'],
    [
      judgeFolder('.fxscale/runs', { why: '/x/.fxscale is a file' }),
      '.fxscale/runs cannot be written: /x/.fxscale is a file',
    ],
    [
      judgeClock('hpet', 1e-6, 0.0011),
      'steps of 1µs; a timer of 1ms takes 1.1ms; source hpet; which is slow to read: each request costs more CPU here',
    ],
    [
      { name: 'CPU limits', group: 'machine', status: 'missing', detail: { why: 'darwin has no cgroups' } },
      'fxscale serve --cpu has no effect: darwin has no cgroups',
    ],
    [
      { name: 'kafka', group: 'tools', status: 'missing', detail: { folder: '.fxscale/cache' } },
      "not in .fxscale/cache; for the platform's events, with fxscale serve --kafka",
    ],
    [
      {
        name: 'docker',
        group: 'tools',
        status: 'warning',
        detail: { command: 'docker', why: 'no answer within 5 s' },
      },
      'docker does not run: no answer within 5 s; for services as containers',
    ],
  ])('%#', (check, words) => {
    expect(describeCheck(check)).toBe(words);
  });
});

describe('a run says of the calibrated rate', () => {
  const calibrated = { requestsPerSecond: 20_000, workers: 1, date: '2026-11-29T10:00:12.000Z' };

  it.each([
    [1200, false],
    [16_000, false],
    [16_200, true],
  ])('that %i/s is nearly all of it: %s', (busiest, nearlyAll) => {
    expect(describeGeneratorShare({ busiest, workers: 1 }, calibrated).nearlyAll).toBe(nearlyAll);
  });

  it('how much of it was used', () => {
    expect(describeGeneratorShare({ busiest: 1200, workers: 1 }, calibrated).text).toBe(
      'generator: 1,200/s in the busiest second, 6% of the 20,000/s this machine was calibrated for on 2026-11-29',
    );
  });

  it('that it is of another number of workers', () => {
    expect(describeGeneratorShare({ busiest: 30_000, workers: 2 }, calibrated)).toEqual({
      text: 'generator: 30,000/s in the busiest second; the 20,000/s this machine was calibrated for are with 1 worker, not 2: fxscale doctor --workers 2',
      nearlyAll: false,
    });
  });
});

it('shows how far a calibration is, in the columns there are', () => {
  const half = `${'━'.repeat(10)}${'┄'.repeat(10)}`;
  expect(calibrationProgressLine({ seconds: 5, of: 10 }, 79)).toBe(`${half} calibrating: 5s of 10s`);
  expect(calibrationProgressLine({ seconds: 12, of: 10 }, 24)).toHaveLength(24);
});
