import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Collector } from '../../src/collect/collector.ts';
import { openCollector } from '../../src/collect/open.ts';
import { startSampling } from '../../src/collect/sampler.ts';

type Behaviour = () => Promise<Record<string, number>> | Record<string, number>;

describe('sampling', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A source whose n-th sample is what the n-th behaviour does; the last goes on. */
  function source(name: string, ...behaviours: Behaviour[]): Collector & { asked: number; closed: number } {
    return {
      source: name,
      url: name,
      asked: 0,
      closed: 0,
      async sample() {
        const behaviour = behaviours[Math.min(this.asked++, behaviours.length - 1)];
        return { values: behaviour ? await behaviour() : {} };
      },
      async close() {
        this.closed++;
      },
    };
  }

  /** What the sampler reports, with the seconds since the start. */
  function record(collectors: Collector[], intervalSeconds = 1) {
    const events: string[] = [];
    const started = Date.now();
    const at = () => ((Date.now() - started) / 1000).toFixed(3);
    const sampling = startSampling(
      collectors,
      {
        sample: (name, { values }) => events.push(`${at()} ${name} ${JSON.stringify(values)}`),
        note: (name, text) => events.push(`${at()} ${name}: ${text}`),
      },
      { intervalSeconds, now: () => Date.now() / 1000 },
    );
    return { events, sampling };
  }

  const answers =
    (milliseconds: number, values: Record<string, number>): Behaviour =>
    () =>
      new Promise((resolve) => {
        setTimeout(() => resolve(values), milliseconds);
      });
  const gives =
    (values: Record<string, number>): Behaviour =>
    () =>
      values;
  const fails =
    (error: Error): Behaviour =>
    () =>
      Promise.reject(error);
  const never: Behaviour = () => new Promise(() => {});

  it('asks every source at once and then at every interval, however long the answers take', async () => {
    const { events, sampling } = record([
      source('a', answers(10, { x: 1 }), answers(700, { x: 2 }), answers(30, { x: 3 })),
      source('b', answers(20, { y: 1 })),
    ]);
    await vi.advanceTimersByTimeAsync(2500);
    await sampling.stop();
    expect(events).toEqual([
      '0.010 a {"x":1}',
      '0.020 b {"y":1}',
      '1.020 b {"y":1}',
      '1.700 a {"x":2}',
      '2.020 b {"y":1}',
      '2.030 a {"x":3}',
    ]);
  });

  it('notes a failing source once, goes on with the others, and notes when it answers again', async () => {
    const refused = fails(new Error('connect ECONNREFUSED 127.0.0.1:1\nsecond line'));
    const { events, sampling } = record([
      source('a', refused, refused, refused, gives({ x: 1 }), refused, gives({ x: 2 })),
      source('b', gives({ y: 1 })),
    ]);
    await vi.advanceTimersByTimeAsync(5500);
    await sampling.stop();
    expect(events.filter((event) => event.includes(' b '))).toHaveLength(6);
    expect(events.filter((event) => event.includes(' a'))).toEqual([
      '0.000 a: no sample: connect ECONNREFUSED 127.0.0.1:1',
      '3.000 a: answers for the first time after 3 samples missed',
      '3.000 a {"x":1}',
      '4.000 a: no sample: connect ECONNREFUSED 127.0.0.1:1',
      '5.000 a: answers again after 1 sample missed',
      '5.000 a {"x":2}',
    ]);
  });

  it('takes an answer that is there when the limit is noticed, as when this process was busy until then', async () => {
    const { events, sampling } = record([source('a', answers(900, { x: 1 }))]);
    await vi.advanceTimersByTimeAsync(950);
    await sampling.stop();
    expect(events).toEqual(['0.900 a {"x":1}']);
  });

  // The last pass of the event loop before a source is given up is a millisecond of the simulated clock.
  it('leaves a gap and one note where a source stalls, and does not pile up questions to it', async () => {
    const stalled = source('a', gives({ x: 1 }), answers(3300, { x: 2 }), gives({ x: 3 }));
    const { events, sampling } = record([stalled]);
    await vi.advanceTimersByTimeAsync(6500);
    await sampling.stop();
    expect(events).toEqual([
      '0.000 a {"x":1}',
      '1.901 a: no sample: no answer within 900 ms',
      '5.000 a: answers again after 4 samples missed',
      '5.000 a {"x":3}',
      '6.000 a {"x":3}',
    ]);
    expect(stalled.asked).toBe(4);
  });

  it('puts a reason to an error that has no message of its own', async () => {
    const lost = Object.assign(new Error(''), { code: 'ECONNRESET' });
    const { events, sampling } = record([
      source('a', fails(new AggregateError([new Error('connect ECONNREFUSED ::1:9'), new Error('b')], ''))),
      source('b', fails(lost)),
      source('c', () => {
        throw new Error('thrown, not rejected');
      }),
    ]);
    await sampling.stop();
    expect(events.sort()).toEqual([
      '0.000 a: no sample: connect ECONNREFUSED ::1:9',
      '0.000 b: no sample: ECONNRESET',
      '0.000 c: no sample: thrown, not rejected',
    ]);
  });

  it('keeps to the clock after a long pause of the process, and does not catch up', async () => {
    const asked = source('a', gives({}));
    const { events, sampling } = record([asked]);
    await vi.advanceTimersByTimeAsync(1500);
    vi.setSystemTime(Date.now() + 3200);
    await vi.advanceTimersByTimeAsync(1900);
    await sampling.stop();
    expect(events.map((event) => event.split(' ')[0])).toEqual(['0.000', '1.000', '5.200', '6.000']);
  });

  it('notes each reason of a failing source once, until it answers again', async () => {
    const refused = (port: number) => fails(new Error(`connect ECONNREFUSED 127.0.0.1:${port}`));
    const denied = fails(new Error('password authentication failed'));
    const { events, sampling } = record([
      source('b', refused(1), refused(2), denied, refused(3), denied, gives({}), denied),
    ]);
    await vi.advanceTimersByTimeAsync(6500);
    await sampling.stop();
    expect(events.filter((event) => event.includes(' b: '))).toEqual([
      '0.000 b: no sample: connect ECONNREFUSED 127.0.0.1:1',
      '2.000 b: no sample: password authentication failed',
      '5.000 b: answers for the first time after 5 samples missed',
      '6.000 b: no sample: password authentication failed',
    ]);
  });

  it('notes at the end which source never answered, and which stopped and did not come back', async () => {
    const refused = fails(new Error('connect ECONNREFUSED 127.0.0.1:1'));
    const { events, sampling } = record([
      source('late', gives({ x: 1 }), gives({ x: 2 }), gives({ x: 3 }), refused),
      source('never', refused),
      source('once', gives({}), gives({}), gives({}), gives({}), gives({}), gives({}), refused),
    ]);
    await vi.advanceTimersByTimeAsync(6500);
    await sampling.stop();
    expect(events.filter((event) => /^\S+ \w+: /.test(event))).toEqual([
      '0.000 never: no sample: connect ECONNREFUSED 127.0.0.1:1',
      '3.000 late: no sample: connect ECONNREFUSED 127.0.0.1:1',
      '6.000 once: no sample: connect ECONNREFUSED 127.0.0.1:1',
      '6.500 late: stopped answering at 2.0 s and did not come back: 4 samples missed',
      '6.500 never: never answered: 7 samples missed',
    ]);
  });

  it('notes a restart with the first reading after it', async () => {
    const refused = fails(new Error('connect ECONNREFUSED 127.0.0.1:1'));
    const began = (seconds: number) => gives({ process_start_time_seconds: seconds });
    const { events, sampling } = record([source('a', began(1000), refused, began(1_700_000_000.5))]);
    await vi.advanceTimersByTimeAsync(2500);
    await sampling.stop();
    expect(events.slice(1, 4)).toEqual([
      '1.000 a: no sample: connect ECONNREFUSED 127.0.0.1:1',
      '2.000 a: answers again after 1 sample missed',
      '2.000 a: restarted: it began at 2023-11-14T22:13:20.500Z',
    ]);
  });

  it('passes on what a source remarks', async () => {
    const remarks = ['sizes are left out'];
    const { events, sampling } = record([{ ...source('a', gives({})), remarks: () => remarks.splice(0) }]);
    await vi.advanceTimersByTimeAsync(1500);
    await sampling.stop();
    expect(events).toEqual(['0.000 a: sizes are left out', '0.000 a {}', '1.000 a {}']);
  });

  it('stops: waits for the sample under way, closes every source, and is silent afterwards', async () => {
    const slow = source('a', answers(300, { x: 1 }));
    const stuck = source('b', never);
    const { events, sampling } = record([slow, stuck]);
    const stopped = sampling.stop();
    await vi.advanceTimersByTimeAsync(5000);
    await stopped;
    expect(events).toEqual(['0.300 a {"x":1}', '0.901 b: no sample: no answer within 900 ms']);
    expect([slow.closed, stuck.closed, slow.asked]).toEqual([1, 1, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('throws at the end what a callback threw, and not before', async () => {
    const sampling = startSampling(
      [source('a', gives({}))],
      {
        sample() {
          throw new Error('the disk is full');
        },
        note() {},
      },
      { intervalSeconds: 1, now: () => Date.now() / 1000 },
    );
    await vi.advanceTimersByTimeAsync(1500);
    await expect(sampling.stop()).rejects.toThrow('the disk is full');
  });
});

describe('openCollector', () => {
  it.each([
    [
      'http://u:secret@127.0.0.1:8080/metrics?token=secret',
      'prometheus/127.0.0.1:8080',
      'http://u:***@127.0.0.1:8080/metrics',
    ],
    ['https://host/internal/stats', 'prometheus/host/internal/stats', 'https://host/internal/stats'],
    [
      'postgres://fx:secret@db:5433/trades?password=secret',
      'postgres/db:5433/trades',
      'postgres://fx:***@db:5433/trades',
    ],
    ['postgresql:///trades?host=/run/postgresql', 'postgres/local/trades', 'postgresql:///trades'],
    [
      'prometheus+http://u:secret@prom:9090?ready=node',
      'prometheus-api/prom:9090',
      'prometheus+http://u:***@prom:9090/',
    ],
    [
      'prometheus+https://prom/monitoring/?query=x:up{a="secret"}',
      'prometheus-api/prom/monitoring/',
      'prometheus+https://prom/monitoring/',
    ],
    ['pid:4711=api', 'process/api', 'pid:4711'],
    ['pid:4711', 'process/4711', 'pid:4711'],
    ['cgroup:/kubepods/pod1=api', 'cgroup/api', 'cgroup:/kubepods/pod1'],
    ['cgroup:/sys/fs/cgroup/a=b/c', 'cgroup/sys/fs/cgroup/a=b/c', 'cgroup:/sys/fs/cgroup/a=b/c'],
  ])('%s', async (url, source, shown) => {
    const collector = await openCollector(url);
    expect([collector.source, collector.url]).toEqual([source, shown]);
    await collector.close();
  });

  it.each([
    ['mysql://root:secret@127.0.0.1/x', '--collect was given the unknown scheme mysql:: use http://'],
    ['127.0.0.1:8080/metrics', '--collect was given a URL without a scheme: use http://'],
    [
      'postgres://fx:secret@db:port/trades',
      '--collect was given a URL that cannot be read: write for example postgres://',
    ],
    [
      'prometheus+http://u:secret@:x?ready=node',
      'a prometheus+http URL was given that cannot be read: write for example prometheus+http://127.0.0.1:9090',
    ],
    ['pid:api', '--collect pid:api: write the number of a process, for example pid:4711=api'],
    ['pid:0', '--collect pid:0: write the number of a process, for example pid:4711=api'],
    ['', '--collect was given a URL without a scheme: use http://'],
  ])('refuses %s', async (url, message) => {
    await expect(openCollector(url)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message),
    });
    await expect(openCollector(url)).rejects.not.toThrow(/secret|\n/);
  });
});
