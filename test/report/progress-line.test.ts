import { describe, expect, it } from 'vitest';
import { progressLine } from '../../src/report/progress-line.ts';
import { serviceLine } from '../../src/report/service-line.ts';

const progress = {
  ...{ seconds: 12, of: 30, vus: 42, iterations: 12_345, rate: 1234.5, p95: 0.0123, failures: 3, dropped: 7 },
};

describe('the line of the progress', () => {
  it('tells everything where there is room, and without what another line tells', () => {
    expect(progressLine(progress, 140)).toBe(
      '━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄ 12s of 30s  1,235/s  p95 12.3ms  42 VUs busy  12,345 iterations  3 failed  7 dropped',
    );
    expect(progressLine(progress, 140, true)).toBe(
      '━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄ 12s of 30s  42 VUs busy  12,345 iterations  3 failed  7 dropped',
    );
  });

  it('drops what is missed least where it is narrow, and is never wider', () => {
    expect(progressLine(progress, 79)).toBe(
      '━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄ 12s of 30s  1,235/s  p95 12.3ms  3 failed  7 dropped',
    );
    expect(progressLine(progress, 50)).toBe('━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄ 12s of 30s  3 failed');
    for (let width = 1; width < 150; width++) {
      expect(progressLine(progress, width).length).toBeLessThanOrEqual(width);
    }
  });
});

describe('the line of the service', () => {
  const closest = { resource: 'pool', used: 9, limit: 10, share: 0.9, source: 'platform/3' } as const;
  const now = { rate: 1234.5, p99: 0.0231, cpu: { used: 0.9412, of: 2 }, closest };

  it.each([
    [
      140,
      'service  1,235/s  p99 23.1ms  CPU 0.941 of 2 cores  closest limit:  pool 9 of 10 in use, 90%  (platform/3)',
    ],
    [79, '1,235/s  p99 23.1ms  CPU 0.941 of 2 cores  pool 9 of 10 in use, 90%'],
    [60, '1,235/s  p99 23.1ms  pool 9 of 10 in use, 90%'],
    [40, 'p99 23.1ms  pool 9 of 10 in use, 90%'],
    [26, 'pool 9 of 10 in use, 90%'],
    [9, 'pool 9 of'],
  ])('in %i columns', (width, line) => {
    expect(serviceLine(now, width)).toBe(line);
  });

  it('leaves out what is not known', () => {
    expect(serviceLine({ rate: 0, p99: 0, cpu: undefined, closest: undefined }, 79)).toBe('service  0/s');
    expect(serviceLine({ ...now, cpu: { used: 1.5, of: undefined }, closest: undefined }, 79)).toBe(
      'service  1,235/s  p99 23.1ms  CPU 1.5 cores',
    );
  });

  it.each([
    ['cpu', 0.47, 0.5, 'CPU quota 0.47 of 0.5 cores, 94%'],
    ['eventLoop', 0.93, 1, 'one thread 0.93 of 1 core, 93%'],
    ['memory', 412 * 2 ** 20, 512 * 2 ** 20, 'memory 412 MiB of 512 MiB, 80.5%'],
    ['openFiles', 900, 1024, 'open files 900 of 1,024, 87.9%'],
    ['connections', 84, 100, 'connections 84 of 100, 84%'],
  ] as const)('names the limit of %s', (resource, used, limit, text) => {
    const line = serviceLine(
      { ...now, closest: { resource, used, limit, share: used / limit, source: 'x' } },
      140,
    );
    expect(line).toContain(`closest limit:  ${text}  (x)`);
  });
});
