import { expect, it } from 'vitest';
import { Restarts } from '../../src/collect/restarts.ts';

type Values = Record<string, number>;
type Case = [name: string, readings: Values[], told: string[]];

const start = 'process_start_time_seconds';
const one = `${start}{instance="a"}`;
const two = `${start}{instance="b"}`;

it.each<Case>([
  [
    'nothing in counters that rise and gauges that fall',
    [
      { x_total: 1, y: 5 },
      { x_total: 2, y: 1 },
    ],
    [],
  ],
  [
    'a later start',
    [
      { [start]: 1000, x_total: 900 },
      { [start]: 1060, x_total: 4 },
    ],
    ['restarted: it began at 1970-01-01T00:17:40.000Z'],
  ],
  [
    'nothing in a start that is worked out anew',
    [{ [start]: 1000 }, { [start]: 1000.8 }, { [start]: 999.9 }],
    [],
  ],
  [
    'replicas that take turns, once',
    [{ [start]: 2000 }, { [start]: 1000 }, { [start]: 2000 }, { [start]: 1000 }],
    [
      'several replicas answer at this address in turn, so its counters cannot be used: read each of them by an address of its own',
    ],
  ],
  [
    'replicas on one page that come, go and are restarted',
    [{ [one]: 1000 }, { [one]: 1000, [two]: 1100 }, { [one]: 1200, [two]: 1100 }, { [one]: 1200 }],
    [
      'a replica came {instance="b"}',
      'restarted {instance="a"}: it began at 1970-01-01T00:20:00.000Z',
      'a replica went {instance="b"}',
    ],
  ],
  [
    'a shorter uptime',
    [{ uptime_seconds: 500 }, { uptime_seconds: 501 }, { uptime_seconds: 2 }],
    ['restarted: it has been up for 2 s'],
  ],
  [
    'counters that fell, where nothing tells of a start',
    [
      { 'a_total{x="1"}': 5, b_seconds_sum: 2, b_seconds_count: 9, c: 7 },
      { 'a_total{x="1"}': 1, b_seconds_sum: 0.1, b_seconds_count: 1, c: 1 },
    ],
    ['counters began anew, as after a restart: a_total{x="1"} and 2 more'],
  ],
  [
    'nothing in a gauge that has the name of a counter',
    [
      { nodejs_active_requests_total: 3, a_total: 1 },
      { nodejs_active_requests_total: 1, a_total: 2 },
    ],
    [],
  ],
  [
    'nothing in one alone, when the page tells its start',
    [
      { [start]: 9, b_total: 3 },
      { [start]: 9, b_total: 1 },
    ],
    [],
  ],
  [
    'the commits of a database that lost its statistics',
    [{ commits: 5 }, { commits: 1 }],
    ['counters began anew, as after a restart: commits'],
  ],
])('notices %s', (_, readings, told) => {
  const restarts = new Restarts();
  expect(readings.flatMap((values) => restarts.see(values))).toEqual(told);
});
