import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openProcess } from '../../src/collect/process.ts';
import {
  parseIo,
  parseOpenFilesLimit,
  parsePs,
  parseStat,
  parseStatus,
  parseSwitches,
  parseTcpStates,
  residentOf,
} from '../../src/collect/process-table.ts';
import { type Process, treeOf, UseLedger } from '../../src/collect/process-tree.ts';

const captured = (name: string) =>
  readFileSync(path.join(import.meta.dirname, '../fixtures/collect/proc', name), 'utf8');

describe('the files of /proc', () => {
  it.each<[string, Process]>([
    [
      'node.stat',
      {
        majorFaults: { own: 0, reaped: 0 },
        pid: 20991,
        parent: 20989,
        own: 1.7,
        reaped: 1.26,
        threads: 7,
        started: '299855',
        ended: false,
      },
    ],
    [
      'brackets-in-name.stat',
      {
        majorFaults: { own: 0, reaped: 0 },
        pid: 19705,
        parent: 19701,
        own: 0,
        reaped: 0,
        threads: 1,
        started: '283073',
        ended: false,
      },
    ],
    [
      'zombie.stat',
      {
        majorFaults: { own: 0, reaped: 0 },
        pid: 19727,
        parent: 19725,
        own: 0,
        reaped: 0,
        threads: 1,
        started: '283345',
        ended: true,
      },
    ],
  ])('%s', (name, expected) => {
    expect(parseStat(captured(name))).toEqual(expected);
  });
});

describe('the other files of /proc', () => {
  it('tell what went to storage, the threads’ switches and the limit of open files', () => {
    expect(parseIo(captured('node.io'))).toEqual({ read: 4096, written: 1069056 });
    expect(parseIo('')).toBeUndefined();
    expect(parseSwitches(captured('node.status'))).toEqual({ voluntary: 10, involuntary: 63 });
    expect(parseOpenFilesLimit(captured('node.limits'))).toBe(20000);
    expect(
      parseOpenFilesLimit('Max open files            unlimited            unlimited            files'),
    ).toBe(undefined);
  });

  it('tell the state of each TCP socket; those that wait after their end belong to nobody', () => {
    expect([...parseTcpStates(captured('node.tcp'))]).toEqual([
      ['178297', 'listen'],
      ['0', 'other'],
      ['178298', 'established'],
      ['178299', 'established'],
    ]);
  });
});

describe('resident memory', () => {
  it('is told apart by what backs it', () => {
    const node = { anonymous: 8340 * 1024, file: 39844 * 1024, shared: 0 };
    expect(parseStatus(captured('node.status'))).toEqual(node);
    expect(parseStatus(captured('zombie.status'))).toEqual({ anonymous: 0, file: 0, shared: 0 });
  });

  it('of a tree counts what the processes share once', () => {
    const postmaster = { anonymous: 1, file: 20, shared: 100 };
    const backend = { anonymous: 4, file: 24, shared: 60 };
    expect(residentOf([postmaster, backend, backend])).toBe(1 + 4 + 4 + 24 + 100);
    expect(residentOf([])).toBe(0);
  });
});

describe('ps', () => {
  it('is read in the formats of macOS and of procps', () => {
    const text = [
      '    1     0  12345   0:09.51',
      '  317     1 208000 123:04.06',
      '42 317 8 1-02:03:04',
      '',
    ].join('\n');
    expect(parsePs(text).map(({ pid, parent, resident, own }) => [pid, parent, resident, own])).toEqual([
      [1, 0, 12345 * 1024, 9.51],
      [317, 1, 208000 * 1024, 7384.06],
      [42, 317, 8 * 1024, 93784],
    ]);
  });

  it.skipIf(process.platform === 'win32')('of this machine shows this process', () => {
    const table = parsePs(execFileSync('ps', ['-axo', 'pid=,ppid=,rss=,time='], { encoding: 'utf8' }));
    const self = treeOf(table, process.pid)[0];
    expect(self?.parent).toBe(process.ppid);
    expect(self?.resident).toBeGreaterThan(2 ** 24);
    expect(
      Math.abs((self?.own ?? 0) - process.cpuUsage().user / 1e6 - process.cpuUsage().system / 1e6),
    ).toBeLessThan(2);
  });
});

describe('the ledger of CPU time', () => {
  const entry = (pid: number, parent: number, own: number, reaped: number): Process => {
    return {
      ...{ pid, parent, own, reaped, started: String(pid) },
      ...{ majorFaults: undefined, ended: false, threads: 1 },
    };
  };

  it('counts a child once although the table was read before its parent had waited for it', () => {
    const ledger = new UseLedger();
    expect(ledger.add([entry(1, 0, 5, 0), entry(2, 1, 3, 0)])).toBe(8);
    expect(ledger.add([entry(1, 0, 5, 0)])).toBe(8);
    expect(ledger.add([entry(1, 0, 5, 4)])).toBe(9);
    expect(ledger.add([entry(1, 0, 6, 6)])).toBe(12);
  });

  it('counts a later process with the same number as another one', () => {
    const ledger = new UseLedger();
    expect(ledger.add([entry(1, 0, 5, 0), entry(2, 1, 3, 0)])).toBe(8);
    expect(ledger.add([entry(1, 0, 5, 3), { ...entry(2, 1, 1, 0), started: 'later' }])).toBe(9);
  });

  type Action = { kind: 'fork' | 'burn' | 'end' | 'wait' | 'forget' | 'sample'; pick: number };

  /** A little system: forks, burns, ends and waits as told; returns what was counted and what was used. */
  function simulate(actions: Action[]): { counted: number; used: number }[] {
    const ledger = new UseLedger();
    const table = [entry(1, 0, 2, 0)];
    const readings: { counted: number; used: number }[] = [];
    let used = 2;
    let next = 2;
    const leaves = () =>
      table.filter((each) => each.pid !== 1 && !table.some((other) => other.parent === each.pid));
    for (const { kind, pick } of actions) {
      const living = table.filter((each) => !each.ended);
      const chosen = living[pick % living.length];
      const leaf = leaves()[pick % Math.max(1, leaves().length)];
      if (kind === 'fork' && chosen) table.push(entry(next++, chosen.pid, 0, 0));
      if (kind === 'burn' && chosen) {
        chosen.own += pick;
        used += pick;
      }
      if (kind === 'end' && leaf) leaf.ended = true;
      if ((kind === 'wait' || kind === 'forget') && leaf) {
        const parent = table.find((each) => each.pid === leaf.parent);
        if (parent && kind === 'wait') parent.reaped += leaf.own + leaf.reaped;
        table.splice(table.indexOf(leaf), 1);
      }
      if (kind === 'sample') {
        readings.push({ counted: ledger.add(table.map((each) => ({ ...each }))), used });
      }
    }
    return readings;
  }

  const actions = (...kinds: Action['kind'][]) =>
    fc.array(fc.record({ kind: fc.constantFrom(...kinds), pick: fc.nat(20) }), { maxLength: 80 });

  it('is exact whenever parents wait for their children', () => {
    fc.assert(
      fc.property(actions('fork', 'fork', 'burn', 'burn', 'end', 'wait', 'sample', 'sample'), (all) => {
        for (const { counted, used } of simulate(all)) expect(counted).toBe(used);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('never falls and never counts twice when parents do not wait', () => {
    fc.assert(
      fc.property(
        actions('fork', 'fork', 'burn', 'burn', 'end', 'wait', 'forget', 'sample', 'sample'),
        (all) => {
          let last = 0;
          for (const { counted, used } of simulate(all)) {
            expect(counted).toBeGreaterThanOrEqual(last);
            expect(counted).toBeLessThanOrEqual(used);
            last = counted;
          }
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe('the ledger of what /proc tells only together with the children', () => {
  it('counts what an ended child did once, whichever comes first: its end or what its parent does', () => {
    const ledger = new UseLedger();
    const entry = (pid: number, parent: number, reaped: number) => ({
      ...{ pid, parent, started: String(pid), own: 0, reaped },
    });
    expect(ledger.add([entry(1, 0, 100), entry(2, 1, 30)])).toBe(130);
    // The child is gone and not yet waited for, and its parent did 5: they are told one sample later.
    expect(ledger.add([entry(1, 0, 105)])).toBe(130);
    expect(ledger.add([entry(1, 0, 105 + 30)])).toBe(135);
    expect(ledger.add([entry(1, 0, 105 + 30 + 7)])).toBe(142);
  });
});

describe.skipIf(process.platform === 'win32')('a process of this machine', () => {
  const started: ReturnType<typeof spawn>[] = [];
  const folders: string[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  const burn = (seconds: number) =>
    `while (process.cpuUsage().user + process.cpuUsage().system < ${seconds} * 1e6); `;
  const tell = 'console.log(JSON.stringify(process.cpuUsage()));';

  it('is read with its children, gone or living, until it ends', async () => {
    // Burns, has a child burn and end, starts one that stays, and then waits to be killed.
    const script = `const { spawn, execFileSync } = require('node:child_process');
      const gone = JSON.parse(execFileSync(process.execPath, ['-e', ${JSON.stringify(burn(0.3) + tell)}]));
      const stays = spawn(process.execPath, ['-e', ${JSON.stringify(`${tell} process.stdin.resume()`)}]);
      stays.stdout.once('data', (line) => {
        ${burn(0.3)}
        const all = [process.cpuUsage(), gone, JSON.parse(line)];
        console.log(all.reduce((sum, each) => sum + each.user + each.system, 0) / 1e6);
      });`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    started.push(child);
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const collector = openProcess(`pid:${child.pid}=burner`);
    const { values: sample } = await collector.sample();

    // What a process uses after it has told its own time (its exit, the idle child) is not in the sum.
    expect(sample.cpu_seconds).toBeGreaterThan(Number(line) - 0.1);
    expect(sample.cpu_seconds).toBeLessThan(Number(line) + 1);
    expect(sample.children).toBe(1);
    expect(sample.rss_bytes).toBeGreaterThan(20 * 2 ** 20);
    expect(sample.rss_bytes).toBeLessThan(400 * 2 ** 20);
    if (process.platform === 'linux') expect(sample.threads).toBeGreaterThan(4);

    if (process.platform === 'linux') expect(sample.major_faults).toBeGreaterThanOrEqual(0);

    child.kill('SIGKILL');
    await once(child, 'exit');
    // Its number may still be in the table read for this tick, or in the system's until it is waited for.
    await expect.poll(() => collector.sample().catch((error: Error) => error.message)).toMatch(/process \d+/);
  });

  it('that is not there is refused by each sample', async () => {
    await expect(openProcess('pid:999999999').sample()).rejects.toThrow('there is no process 999999999');
  });

  describe.skipIf(process.platform !== 'linux')('on Linux', () => {
    const busy = `
      const { openSync, writeSync, fsyncSync } = require('node:fs');
      const net = require('node:net');
      const file = openSync(process.argv[1], 'w');
      writeSync(file, Buffer.alloc(3 * 2 ** 20, 7));
      fsyncSync(file);
      const server = net.createServer(() => undefined).listen(0, '127.0.0.1', () => {
        const client = net.connect(server.address().port, '127.0.0.1');
        server.once('connection', () => console.log('ready'));
      });`;

    async function startBusy(): Promise<number> {
      // Not /tmp, which may be memory and no storage.
      const folder = mkdtempSync('/var/tmp/fxscale-process-');
      folders.push(folder);
      const child = spawn(process.execPath, ['-e', busy, path.join(folder, 'file')], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      started.push(child);
      await once(createInterface({ input: child.stdout }), 'line');
      return child.pid ?? 0;
    }

    it('tells its storage, files, sockets and context switches, and the latter only every fifth time', async () => {
      const collector = openProcess(`pid:${await startBusy()}`);
      const { values } = await collector.sample();
      expect(values.write_bytes).toBeGreaterThanOrEqual(3 * 2 ** 20);
      expect(values.write_bytes).toBeLessThan(8 * 2 ** 20);
      expect(values.open_files).toBeGreaterThan(10);
      expect(values.open_files).toBe(values.open_files_nearest);
      expect(values.open_files_limit).toBe(parseOpenFilesLimit(readFileSync('/proc/self/limits', 'utf8')));
      expect(values).toMatchObject({
        'tcp_sockets{state="listen"}': 1,
        'tcp_sockets{state="established"}': 2,
        'tcp_sockets{state="close_wait"}': 0,
      });
      expect(values.sockets).toBeGreaterThanOrEqual(3);
      expect(values.voluntary_context_switches).toBeGreaterThan(5);
      expect(collector.remarks?.()).toEqual([]);

      const { values: next } = await collector.sample();
      expect(next).not.toHaveProperty('open_files');
      expect(next.write_bytes).toBe(values.write_bytes);
    });

    it.skipIf(process.getuid?.() !== 0)(
      'of another user is read as far as that user lets it be, and says so',
      async () => {
        const collector = openProcess(`pid:${await startBusy()}`);
        process.seteuid?.(65534);
        let sample: ReturnType<typeof collector.sample>;
        try {
          sample = collector.sample();
        } finally {
          process.seteuid?.(0);
        }
        const { values } = await sample;
        expect(values).toHaveProperty('cpu_seconds');
        expect(values).toHaveProperty('rss_bytes');
        expect(values).toHaveProperty('voluntary_context_switches');
        expect(Object.keys(values).filter((name) => /files|sockets|read_bytes/.test(name))).toEqual([]);
        expect(collector.remarks?.()).toEqual([
          'read_bytes and write_bytes are left out: only the user of the process and root may see its I/O',
          'open files and sockets are left out: only the user of the process and root may see them',
        ]);
        expect(collector.remarks?.()).toEqual([]);
      },
    );
  });
});
