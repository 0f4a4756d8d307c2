import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { figuresOf, identityOf, parseInfo } from '../../src/collect/redis-info.ts';
import { longestOf, newestId, SlowLog } from '../../src/collect/redis-slowlog.ts';
import { labelled } from '../../src/collect/series-name.ts';

const folder = path.join(import.meta.dirname, '../fixtures/collect/redis');
const captured = (name: string) => readFileSync(path.join(folder, name), 'utf8');

it('reads a primary with every figure, of Redis 7.0.15', () => {
  expect(figuresOf(parseInfo(captured('redis-7.0.15.txt')))).toEqual({
    uptime_seconds: 2,
    memory_bytes: 1214472,
    memory_peak_bytes: 1214472,
    memory_rss_bytes: 12513280,
    memory_overhead_bytes: 897676,
    memory_startup_bytes: 876368,
    memory_dataset_bytes: 316796,
    memory_clients_bytes: 0,
    memory_fragmentation_ratio: 10.66,
    memory_max_bytes: 67108864,
    'memory_policy{policy="allkeys-lru"}': 1,
    clients: 0,
    clients_max: 10000,
    clients_blocked: 0,
    connections: 15,
    connections_rejected: 0,
    commands: 21,
    errors: 1,
    hits: 1,
    misses: 1,
    expired_keys: 0,
    evicted_keys: 0,
    evicted_clients: 0,
    net_in_bytes: 721,
    net_out_bytes: 676,
    fork_seconds: 0.001474,
    cpu_seconds: 0.016735,
    cpu_children_seconds: 0.001469,
    loading: 0,
    rdb_saving: 0,
    rdb_unsaved_changes: 7,
    rdb_copied_bytes: 307200,
    rdb_failed: 0,
    aof_rewriting: 0,
    aof_copied_bytes: 0,
    aof_bytes: 300,
    aof_delayed_fsyncs: 0,
    aof_failed: 0,
    'role{role="master"}': 1,
    replicas: 1,
    replication_offset_bytes: 272,
    'replica_lag_bytes{replica="127.0.0.1:7451"}': 0,
    'keys{db="0"}': 6,
    'keys_expiring{db="0"}': 1,
    'ttl_average_seconds{db="0"}': 998.929,
    'keys{db="3"}': 1,
    'keys_expiring{db="3"}': 1,
    'ttl_average_seconds{db="3"}': 98.98,
    ...commands({
      get: [2, 8],
      replconf: [5, 10],
      'acl|setuser': [1, 16],
      psync: [1, 1511],
      ping: [2, 5],
      select: [1, 3],
      info: [1, 162],
      setex: [1, 9],
      'config|set': [1, 7],
      set: [6, 42],
      incr: [1, 9],
    }),
  });
});

/** Calls and microseconds of each command, as series. */
function commands(table: Record<string, [calls: number, usec: number]>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([command, [calls, usec]]) => [
      [`command_calls{command="${command}"}`, calls],
      [`command_seconds{command="${command}"}`, usec / 1e6],
    ]),
  );
}

describe.each(readdirSync(folder))('%s', (name) => {
  const info = parseInfo(captured(name));
  const values = figuresOf(info);

  it('names its server and version', () => {
    const [, server, version] = /^(redis|valkey)-([\d.]+\d)/.exec(name) ?? [];
    expect(identityOf(info)).toMatchObject({ name: server, version, mode: 'standalone' });
    expect(identityOf(info).run).toMatch(/^[0-9a-f]{40}$/);
  });

  it('tells the figures that every version has', () => {
    expect(values['keys{db="0"}']).toBe(6);
    expect(values['keys{db="3"}']).toBe(1);
    // A replica's primary is a client of it.
    expect(values.clients).toBe(name.includes('replica') ? 1 : 0);
    expect(values.memory_max_bytes).toBe(name.includes('replica') ? 0 : 64 * 2 ** 20);
    expect(values.cpu_seconds).toBeGreaterThan(0);
    expect(values.cpu_seconds).toBeLessThan(1);
    // Redis 6 does not evict clients, and the replica keeps no append-only file.
    const absent = name.startsWith('redis-6')
      ? ['evicted_clients']
      : name.includes('replica')
        ? ['aof_bytes', 'aof_delayed_fsyncs']
        : [];
    const wanted = Object.keys(figuresOf(parseInfo(captured('redis-7.0.15.txt')))).filter(
      (each) => !each.includes('{') && !absent.includes(each),
    );
    expect(Object.keys(values)).toEqual(expect.arrayContaining(wanted));
  });
});

it('reads a replica: its link and what it has not applied', () => {
  const text = captured('valkey-9.1.2-replica.txt');
  expect(figuresOf(parseInfo(text))).toMatchObject({
    'role{role="slave"}': 1,
    primary_link_down: 0,
    unapplied_bytes: 0,
    replicas: 0,
  });
  const behind = text
    .replace('master_link_status:up', 'master_link_status:down')
    .replace(/slave_read_repl_offset:\d+/, 'slave_read_repl_offset:1000')
    .replace(/slave_repl_offset:\d+/, 'slave_repl_offset:900');
  expect(figuresOf(parseInfo(behind))).toMatchObject({ primary_link_down: 1, unapplied_bytes: 100 });
});

it('tells how far a replica is behind', () => {
  const text = captured('redis-7.0.15.txt').replace('offset=272', 'offset=200');
  expect(figuresOf(parseInfo(text))).toMatchObject({ 'replica_lag_bytes{replica="127.0.0.1:7451"}': 72 });
});

it.each([
  [0, { 'keys{db="0"}': 6 }],
  [3, { 'keys{db="3"}': 1 }],
  [5, { 'keys{db="5"}': 0 }],
])('tells only the keys of database %i when it is named', (database, expected) => {
  const values = figuresOf(parseInfo(captured('redis-8.2.3.txt')), database);
  expect(Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith('keys{')))).toEqual(
    expected,
  );
});

it('leaves out what a server does not tell', () => {
  expect(figuresOf(parseInfo('redis_version:7.0.0\r\nuptime_in_seconds:5\r\nused_cpu_user:1\r\n'))).toEqual({
    uptime_seconds: 5,
  });
});

it('keeps the most used of very many commands', () => {
  const lines = Array.from({ length: 100 }, (_, i) => `cmdstat_c${i}:calls=${i},usec=${2 * i}`);
  const values = figuresOf(parseInfo(`redis_version:7.0.0\nuptime_in_seconds:5\n${lines.join('\n')}`));
  const kept = Object.keys(values).filter((name) => name.startsWith('command_calls'));
  expect(kept).toHaveLength(64);
  expect(kept).toContain('command_calls{command="c99"}');
  expect(kept).toContain('command_calls{command="c36"}');
});

it.each(['', 'OK', '<html>', '# Server\r\nserver:nginx\r\n'])('refuses %j as an answer', (text) => {
  expect(() => parseInfo(text)).toThrow('not that of a Redis or Valkey server');
});

it('sorts and escapes labels', () => {
  expect(labelled('lag', { topic: 't', group: 'a"b\\c\n' })).toBe(
    String.raw`lag{group="a\"b\\c\n",topic="t"}`,
  );
});

describe('the slow log', () => {
  const entry = (id: number, usec: number) => [id, 1795945706, usec, ['set', 'secret'], '127.0.0.1:1', ''];

  it('tells the newest id and the longest of the new entries', () => {
    const entries = [entry(9, 10), entry(8, 30_000), entry(7, 90_000)];
    expect(newestId(entries)).toBe(9);
    expect(longestOf(entries, 2)).toBe(0.03);
    expect(longestOf(entries, 0)).toBe(0);
    expect(newestId([])).toBeUndefined();
  });

  it.each([['OK'], [[['a']]], [[5]]])('refuses %j as an answer', (answer) => {
    expect(() => newestId(answer)).toThrow('the answer to SLOWLOG GET');
  });

  it('counts from the first look on, through clearing and restarts', () => {
    const log = new SlowLog();
    const looks: [length: number, newest: number | undefined, fresh: number][] = [
      [3, 41, 0],
      [3, 41, 0],
      [5, 43, 2],
      [0, undefined, 0],
      [1, 44, 1],
      [2, 1, 2],
    ];
    for (const [length, newest, fresh] of looks) expect(log.fresh(length, newest)).toBe(fresh);
    expect(log.count).toBe(5);
  });

  it('counts all of a log that was empty at the first look', () => {
    const log = new SlowLog();
    expect(log.fresh(0, undefined)).toBe(0);
    expect(log.fresh(2, 57)).toBe(2);
  });

  it('counts each entry once, however the looks fall between them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { minLength: 1 }), (steps) => {
        const log = new SlowLog();
        let written = 0;
        log.fresh(0, undefined);
        for (const step of steps) {
          written += step;
          log.fresh(written, written === 0 ? undefined : written - 1);
        }
        return log.count === written;
      }),
      { seed: 1 },
    );
  });
});
