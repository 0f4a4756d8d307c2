import { expect, it } from 'vitest';
import { judgeNetwork, judgeOpenFiles, judgePorts } from '../../src/doctor/limits.ts';
import { captured } from './fixture.ts';

it('reads what Linux says of connections', () => {
  expect(judgeNetwork(captured)).toEqual([
    {
      name: 'ports',
      group: 'limits',
      status: 'ok',
      detail: { low: 32768, high: 60999, ports: 28232, reuse: 'loopback', newPerSecond: 28232 / 60 },
    },
    { name: 'accept backlog', group: 'limits', status: 'ok', detail: { connections: 4096 } },
    { name: 'SYN backlog', group: 'limits', status: 'ok', detail: { connections: 2048 } },
  ]);
});

it('says of a system without /proc that it does not tell', () => {
  const checks = judgeNetwork(() => undefined);
  expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'ports unknown',
    'accept backlog unknown',
    'SYN backlog unknown',
  ]);
});

it.each([
  [{ soft: 1024, hard: 1024 }, 'warning', 924],
  [{ soft: 20000, hard: 20000 }, 'ok', 19900],
  [{ soft: 64, hard: 64 }, 'warning', 0],
  [{ soft: 'unlimited', hard: 'unlimited' }, 'ok', null],
] as const)('makes connections of the open files %j', (limit, status, connections) => {
  expect(judgeOpenFiles(limit)).toMatchObject({ status, detail: { connections } });
});

it('says that open files are not known where there is no such limit', () => {
  expect(judgeOpenFiles(undefined).status).toBe('unknown');
});

it.each([
  ['32768\t33791\n', '0\n', 'warning', 1024, 'never'],
  ['1024\t65535\n', '1\n', 'ok', 64512, 'always'],
  // Linux before 4.6 does not have the file; other values are of kernels to come.
  ['1024 65535', undefined, 'ok', 64512, null],
  ['1024 65535', '3', 'ok', 64512, null],
])('judges the ports %j', (range, tcpReuse, status, ports, reuse) => {
  expect(judgePorts(range, tcpReuse)).toMatchObject({ status, detail: { ports, reuse } });
});

it.each(['', 'garbage', '1024', '1024 many'])('does not guess ports from %j', (range) => {
  expect(judgePorts(range, '0').status).toBe('unknown');
});
