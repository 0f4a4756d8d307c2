import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import { postgresFolder, unprivileged } from '../../server/embedded/binaries.ts';
import type { Collector } from '../../src/collect/collector.ts';
import { openCollector } from '../../src/collect/open.ts';
import { type Gate, openGate } from '../server/gate.ts';
import { createTestServer, type TestServer } from './postgres-server.ts';
import { type SampledRun, sampleInto } from './sampled-run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-robustness-'));
const poll = { timeout: 20_000, interval: 20 };
const PASSWORD = 'Xyzzy-0815';
/** A source that always answers, and at once. */
const STEADY = 'steady';
const steadyCollector: Collector = {
  source: STEADY,
  url: 'test:steady',
  sample: async () => ({ values: { up: 1 } }),
  close: async () => undefined,
};

/** A metrics page behind a password, whose server can be started again. */
class Page {
  #server: Server | undefined;
  #start = 1_700_000_000;
  port = 0;
  answer: 'page' | 'forbidden' = 'page';

  async start(): Promise<void> {
    this.#start += 100;
    this.#server = createHttpServer((request, response) => {
      const wanted = `Basic ${Buffer.from(`fx:${PASSWORD}`).toString('base64')}`;
      if (request.headers.authorization !== wanted) response.writeHead(401).end();
      else if (this.answer === 'forbidden') response.writeHead(403).end();
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

  /** Samples the sources beside one that always answers, until the test is over. */
  async function sampled({ onTestFinished }: TestContext, ...urls: string[]): Promise<SampledRun> {
    const collectors = await Promise.all(urls.map(openCollector));
    const run = sampleInto(path.join(folder, `${files++}.ndjson`), [...collectors, steadyCollector]);
    onTestFinished(() => run.stop());
    return run;
  }

  async function gateTo({ onTestFinished }: TestContext, port: number): Promise<Gate> {
    const gate = await openGate(port);
    onTestFinished(() => gate.shut());
    return gate;
  }

  const texts = (run: SampledRun, source: string) => run.notes(source).map(({ text }) => text);
  const answers = (run: SampledRun, source: string) =>
    vi.waitFor(() => expect(run.samples(source).length).toBeGreaterThan(1), poll);
  const noted = (run: SampledRun, source: string, pattern: RegExp) =>
    vi.waitFor(() => expect(texts(run, source)).toContainEqual(expect.stringMatching(pattern)), poll);
  const steadyFor = (run: SampledRun, samples: number, since = run.now()) =>
    vi.waitFor(
      () => expect(run.samples(STEADY).filter(({ t }) => t > since).length).toBeGreaterThan(samples),
      poll,
    );

  /**
   * Waits until `source` has been missing samples for this reason while the steady one had two, and tells since when. On
   * a busy machine there may be gaps before, with the same notes: only one that is still open is meant.
   */
  async function gapIn(run: SampledRun, source: string, why: RegExp): Promise<number> {
    const since = run.now();
    let begin = Number.NaN;
    const steady = () => {
      const last = run.samples(source).at(-1)?.t ?? 0;
      begin = run.notes(source).findLast(({ t, text }) => t > last && why.test(text))?.t ?? Number.NaN;
      return run.samples(STEADY).filter(({ t }) => t > Math.max(since, begin)).length;
    };
    await vi.waitFor(() => expect(steady()).toBeGreaterThan(1), poll);
    return begin;
  }

  /** Waits until `source` answers again; up to then there is none of its samples since `begin`. */
  async function expectEndOfGap(run: SampledRun, source: string, begin: number): Promise<void> {
    const end = () =>
      run
        .notes(source)
        .find(({ t, text }) => t > begin && /^answers again after \d+ samples? missed$/.test(text));
    await vi.waitFor(() => expect(end()).toBeDefined(), poll);
    const within = run.samples(source).filter(({ t }) => t > begin && t < (end()?.t ?? 0));
    expect(within).toEqual([]);
  }

  describe.each(Object.entries(subjects))('%s', (_, subject) => {
    it('is restarted', async (test) => {
      const source = subject.source(subject.port());
      const run = await sampled(test, subject.url(subject.port()));
      await answers(run, source);
      await subject.end();
      const gap = await gapIn(run, source, /^no sample: /);
      await subject.begin();
      await expectEndOfGap(run, source, gap);
      await noted(run, source, subject.restarted);
    });
  });

  describe.concurrent.each(Object.entries(subjects))('%s', (_, subject) => {
    it('is behind a proxy that stops forwarding, and later goes on', async (test) => {
      const gate = await gateTo(test, subject.port());
      const source = subject.source(gate.port);
      const run = await sampled(test, subject.url(gate.port));
      await answers(run, source);
      gate.stall();
      const gap = await gapIn(run, source, /^no sample: no answer within 180 ms$/);
      gate.flow();
      await expectEndOfGap(run, source, gap);
    });

    it('is behind a proxy that cuts every connection', async (test) => {
      const gate = await gateTo(test, subject.port());
      const source = subject.source(gate.port);
      const run = await sampled(test, subject.url(gate.port));
      await answers(run, source);
      await gate.shut();
      const gap = await gapIn(run, source, /^no sample: /);
      await gate.open();
      await expectEndOfGap(run, source, gap);
    });

    it('is given a wrong password, which no output tells', async (test) => {
      const source = subject.source(subject.port());
      const run = await sampled(test, subject.url(subject.port(), 'Hunter2'));
      await noted(run, source, subject.wrongPassword);
      await steadyFor(run, 1);
      await run.stop();
      expect(texts(run, source).at(-1)).toMatch(/^never answered: \d+ samples missed$/);
      expect(run.text()).not.toMatch(/Hunter2/);
      expect(run.text()).toContain(':***@');
    });

    it('answers garbage', async (test) => {
      const garbage = createServer((socket) => {
        socket
          .on('error', () => undefined)
          .once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n\u0000}{ 1\n'));
      }).listen(0, '127.0.0.1');
      await once(garbage, 'listening');
      const { port } = garbage.address() as AddressInfo;
      const run = await sampled(test, subject.url(port));
      await noted(run, subject.source(port), subject.garbage);
      await answers(run, STEADY);
      garbage.close();
    });
  });

  describe.concurrent('among others', () => {
    it('a page is forbidden from some moment on', async (test) => {
      const other = new Page();
      await other.start();
      test.onTestFinished(() => other.stop());
      const source = subjects.page.source(other.port);
      const run = await sampled(test, subjects.page.url(other.port));
      await answers(run, source);
      other.answer = 'forbidden';
      await noted(run, source, /^no sample: it answered 403 Forbidden$/);
    });

    it('a role may not see everything, of which the rest is read', async (test) => {
      const other = new pg.Client({ connectionString: postgres.url() });
      await other.connect();
      test.onTestFinished(() => other.end());
      const run = await sampled(test, postgres.url('watcher'));
      const source = subjects.PostgreSQL.source(subjects.PostgreSQL.port());
      await noted(run, source, /grant it pg_read_all_stats/);
      await answers(run, source);
      expect(run.samples(source)[0]?.values).toHaveProperty('wal_bytes');
      expect(run.samples(source)[0]?.values).not.toHaveProperty('connections_active');
    });

    it('a process ends and does not come back', async (test) => {
      const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const run = await sampled(test, `pid:${child.pid}=short`, 'cgroup:/no/such/group=gone');
      await answers(run, 'process/short');
      child.kill('SIGKILL');
      await once(child, 'exit');
      await noted(run, 'process/short', /^no sample: (there is no process|process \d+ has ended)/);
      await steadyFor(run, 2);
      await run.stop();
      expect(texts(run, 'process/short').at(-1)).toMatch(
        /^stopped answering at \d+\.\d s and did not come back: \d+ samples missed$/,
      );
      expect(texts(run, 'cgroup/gone')).toEqual([
        expect.stringMatching(/^no sample: there is no control group \/no\/such\/group$/),
        expect.stringMatching(/^never answered: \d+ samples missed$/),
      ]);
    });
  });
});
