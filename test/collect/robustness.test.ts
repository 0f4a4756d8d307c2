import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postgresFolder, unprivileged } from '../../server/embedded/binaries.ts';
import { openCollector } from '../../src/collect/open.ts';
import { type Gate, openGate } from '../server/gate.ts';
import { createTestServer, type TestServer } from './postgres-server.ts';
import { type SampledRun, sampleInto } from './sampled-run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-robustness-'));
const poll = { timeout: 50_000, interval: 20 };
const PASSWORD = 'Xyzzy-0815';
/** This process: a source that always answers. */
const STEADY = 'process/steady';

/** A metrics page behind a password, whose server can be started again. */
class Page {
  #server: Server | undefined;
  #start = 1_700_000_000;
  port = 0;
  answer: 'page' | 'garbage' | 'forbidden' = 'page';

  async start(): Promise<void> {
    this.#start += 100;
    this.#server = createHttpServer((request, response) => {
      const wanted = `Basic ${Buffer.from(`fx:${PASSWORD}`).toString('base64')}`;
      if (request.headers.authorization !== wanted) response.writeHead(401).end();
      else if (this.answer === 'forbidden') response.writeHead(403).end();
      else if (this.answer === 'garbage') response.end('\u0000\u0001<html>}{ 1e999\n');
      else response.end(`process_start_time_seconds ${this.#start}\nx_total 5\n`);
    }).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    if (this.#server) await once(this.#server, 'close');
  }
}

/** What is asked for a role with a password, and of everybody else nothing. */
const ACCESS = `copy (values ('host all locked 127.0.0.1/32 scram-sha-256'), ('host all all 127.0.0.1/32 trust')) to `;

describe('a run goes on, with a gap and a note in its file, when', () => {
  const page = new Page();
  let postgres: TestServer;
  const gates: Gate[] = [];
  const runs: SampledRun[] = [];
  let files = 0;

  beforeAll(async () => {
    await page.start();
    postgres = await createTestServer(path.join(postgresFolder(unprivileged()), 'bin'));
    const client = new pg.Client({ connectionString: postgres.url() });
    await client.connect();
    const { rows } = await client.query('show hba_file');
    await client.query(`create role locked login password '${PASSWORD}'; create role watcher login`);
    await client.query(`${ACCESS} '${rows[0].hba_file}'`);
    await client.query('select pg_reload_conf()');
    await client.end();
  }, 60_000);
  afterEach(async () => {
    await Promise.all(runs.splice(0).map((run) => run.stop()));
    await Promise.all(gates.splice(0).map((gate) => gate.shut()));
    page.answer = 'page';
  });
  afterAll(async () => {
    await Promise.all([page.stop(), postgres?.remove()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const subjects = {
    page: {
      port: () => page.port,
      url: (port: number, password = PASSWORD) => `http://fx:${password}@127.0.0.1:${port}/metrics`,
      source: (port: number) => `prometheus/127.0.0.1:${port}`,
      end: () => page.stop(),
      begin: () => page.start(),
      restarted: /^restarted: it began at 2023-11-14T\d\d:\d\d:\d\d.000Z$/,
      wrongPassword: /^no sample: it answered 401/,
      garbage: /^no sample: the answer is not a Prometheus page: line 1/,
    },
    PostgreSQL: {
      port: () => Number(new URL(postgres.url()).port),
      url: (port: number, password = PASSWORD) => `postgres://locked:${password}@127.0.0.1:${port}/postgres`,
      source: (port: number) => `postgres/127.0.0.1:${port}/postgres`,
      end: () => postgres.crash(),
      begin: () => postgres.start(),
      // A crash loses the statistics.
      restarted: /^counters began anew, as after a restart: /,
      wrongPassword: /^no sample: password authentication failed for user "locked"/,
      garbage: /^no sample: /,
    },
  };

  /** Samples `url` beside a source that always answers. */
  async function sampled(...urls: string[]): Promise<SampledRun> {
    const collectors = await Promise.all([...urls, `pid:${process.pid}=steady`].map(openCollector));
    const run = sampleInto(path.join(folder, `${files++}.ndjson`), collectors);
    runs.push(run);
    return run;
  }

  async function gateTo(port: number): Promise<Gate> {
    const gate = await openGate(port);
    gates.push(gate);
    return gate;
  }

  const answers = (run: SampledRun, source: string) =>
    expect.poll(() => run.samples(source).length, poll).toBeGreaterThan(1);
  const noted = (run: SampledRun, source: string, pattern: RegExp) =>
    expect.poll(() => run.notes(source), poll).toContainEqual(expect.stringMatching(pattern));

  /** Between these two notes the source has no sample, and the steady one has. */
  function expectGap(run: SampledRun, source: string, from: RegExp, to: RegExp): void {
    const [begin, end] = [run.noteOf(source, from)?.t ?? Number.NaN, run.noteOf(source, to)?.t ?? Number.NaN];
    expect(end).toBeGreaterThan(begin);
    const within = (name: string) => run.samples(name).filter(({ t }) => t > begin && t < end);
    expect(within(source)).toEqual([]);
    expect(within(STEADY).length).toBeGreaterThan(0);
  }

  describe.each(Object.entries(subjects))('%s', (_, subject) => {
    it('is restarted', async () => {
      const source = subject.source(subject.port());
      const run = await sampled(subject.url(subject.port()));
      await answers(run, source);
      await subject.end();
      await noted(run, source, /^no sample: /);
      const steady = run.samples(STEADY).length;
      await expect.poll(() => run.samples(STEADY).length, poll).toBeGreaterThan(steady + 1);
      await subject.begin();
      await noted(run, source, /^answers again after \d+ samples? missed$/);
      await noted(run, source, subject.restarted);
      expectGap(run, source, /^no sample/, /^answers again/);
    });

    it('is behind a proxy that stops forwarding, and later goes on', async () => {
      const gate = await gateTo(subject.port());
      const source = subject.source(gate.port);
      const run = await sampled(subject.url(gate.port));
      await answers(run, source);
      gate.stall();
      await noted(run, source, /^no sample: no answer within 135 ms$/);
      const steady = run.samples(STEADY).length;
      await expect.poll(() => run.samples(STEADY).length, poll).toBeGreaterThan(steady + 1);
      gate.flow();
      await noted(run, source, /^answers again after \d+ samples? missed$/);
      expectGap(run, source, /^no sample/, /^answers again/);
    });

    it('is behind a proxy that cuts every connection', async () => {
      const gate = await gateTo(subject.port());
      const source = subject.source(gate.port);
      const run = await sampled(subject.url(gate.port));
      await answers(run, source);
      await gate.shut();
      await noted(run, source, /^no sample: /);
      await gate.open();
      await noted(run, source, /^answers again after /);
    });

    it('is given a wrong password, which no output tells', async () => {
      const source = subject.source(subject.port());
      const run = await sampled(subject.url(subject.port(), 'Hunter2'));
      await noted(run, source, subject.wrongPassword);
      await answers(run, STEADY);
      await expect.poll(() => run.samples(STEADY).length, poll).toBeGreaterThan(5);
      await run.stop();
      expect(run.notes(source).at(-1)).toMatch(/^never answered: \d+ samples missed$/);
      expect(run.text()).not.toMatch(/Hunter2/);
      expect(run.text()).toContain(':***@');
    });

    it('answers garbage', async () => {
      const garbage = createServer((socket) => {
        socket
          .on('error', () => undefined)
          .once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n\u0000}{ 1\n'));
      }).listen(0, '127.0.0.1');
      await once(garbage, 'listening');
      const { port } = garbage.address() as AddressInfo;
      const run = await sampled(subject.url(port));
      await noted(run, subject.source(port), subject.garbage);
      await answers(run, STEADY);
      garbage.close();
    });
  });

  it('a page is forbidden from some moment on', async () => {
    const source = subjects.page.source(page.port);
    const run = await sampled(subjects.page.url(page.port));
    await answers(run, source);
    page.answer = 'forbidden';
    await noted(run, source, /^no sample: it answered 403 Forbidden$/);
  });

  it('a role may not see everything, of which the rest is read', async () => {
    const other = new pg.Client({ connectionString: postgres.url() });
    await other.connect();
    try {
      const run = await sampled(postgres.url('watcher'));
      const source = subjects.PostgreSQL.source(subjects.PostgreSQL.port());
      await noted(run, source, /grant it pg_read_all_stats/);
      await answers(run, source);
      expect(run.samples(source)[0]?.values).toHaveProperty('wal_bytes');
      expect(run.samples(source)[0]?.values).not.toHaveProperty('connections_active');
    } finally {
      await other.end();
    }
  });

  it('a process ends and does not come back', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const run = await sampled(`pid:${child.pid}=short`, 'cgroup:/no/such/group=gone');
    await answers(run, 'process/short');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await noted(run, 'process/short', /^no sample: (there is no process|process \d+ has ended)/);
    const steady = run.samples(STEADY).length;
    await expect.poll(() => run.samples(STEADY).length, poll).toBeGreaterThan(steady + 3);
    await run.stop();
    expect(run.notes('process/short').at(-1)).toMatch(
      /^stopped answering at \d+\.\d s and did not come back: \d+ samples missed$/,
    );
    expect(run.notes('cgroup/gone')).toEqual([
      expect.stringMatching(/^no sample: there is no control group \/no\/such\/group$/),
      expect.stringMatching(/^never answered: \d+ samples missed$/),
    ]);
  });
});
