import { spawn } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../src/planners/probe.ts';
import { httpTarget, sharing, type Target, workers } from '../load/probe-server.ts';
import { binary, fxscale, start } from './fxscale.ts';

const targets: Target[] = [];
afterAll(async () => {
  for (const target of targets) await target.close();
});

async function at(...args: Parameters<typeof httpTarget>): Promise<string> {
  const target = await httpTarget(...args);
  targets.push(target);
  return target.url;
}

type Document = ProbeResult & { schema: string; target: string; method: string; settings: object };

const short = ['--step', '600ms', '--repeats', '1', '--warm-up', '200ms', '--cooldown', '50ms'];

async function probed(url: string, ...args: string[]): Promise<Document> {
  const { code, stdout, stderr } = await fxscale(['probe', url, '--json', ...short, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Document;
}

describe('fxscale probe finds', () => {
  // Three at once: their servers wait, they do not work.
  it.concurrent('the capacity of four workers within 5 %', async ({ expect }) => {
    const { capacity, usl, findings } = await probed(await at(workers(4, 0.02)), '-c', '1,2,4,8,16,32');
    expect(Math.abs((capacity?.throughput ?? 0) - 200)).toBeLessThan(0.05 * 200);
    expect(capacity?.concurrency).toBeGreaterThanOrEqual(4);
    expect(usl?.peak).toBeNull();
    expect(findings.map(({ code }) => code)).not.toContain('NOT_SATURATED');
  });

  it.concurrent('the peak of a target that collapses', async ({ expect }) => {
    const [lambda, sigma, kappa] = [25, 0.05, 0.01];
    const collapsing = sharing((n) => (1 + sigma * (n - 1) + kappa * n * (n - 1)) / lambda);
    const { usl, capacity } = await probed(await at(collapsing), '-c', '1,2,4,8,16,24,32');
    // sqrt((1 - sigma) / kappa), and the law's throughput there.
    const [where, highest] = [9.75, 106.4];
    expect(Math.abs((usl?.peak?.concurrency ?? 0) - where)).toBeLessThan(0.15 * where);
    expect(Math.abs((usl?.peak?.throughput ?? 0) - highest)).toBeLessThan(0.1 * highest);
    expect(capacity?.concurrency).toBe(8);
  });

  it.concurrent('that a target which only waits is not saturated', async ({ expect }) => {
    const { capacity, usl, findings } = await probed(await at(sharing(() => 0.04)), '-c', '1,2,4,8,16,32');
    expect(capacity).toBeNull();
    expect(usl?.peak).toBeNull();
    expect(findings.map(({ code }) => code)).toContain('NOT_SATURATED');
  });
});

describe('fxscale probe', () => {
  it('writes the document that scripts rely on, without secrets', async () => {
    const seen = new Set<string | undefined>();
    const url = await at((request, response) => {
      seen.add(`${request.method} ${request.url} ${request.headers.authorization}`);
      setTimeout(() => response.end('ok'), 5);
    });
    const secret = `${url}orders?token=hidden#part`;
    const document = await probed(
      ...[secret, '-c', '2,1', '--step', '100ms', '--seed', '7', '--timeout', '2s'],
      ...['-m', 'post', '-b', '{"n":1}', '-H', 'authorization: Bearer hidden-too'],
    );
    expect([...seen]).toEqual(['POST /orders?token=hidden Bearer hidden-too']);
    expect(JSON.stringify(document)).not.toContain('hidden');
    expect(document).toEqual({
      schema: 'fxscale.probe/1',
      target: `${url}orders?token=***`,
      method: 'POST',
      settings: { step: 0.1, repeats: 1, warmUp: 0.2, cooldown: 0.05, timeout: 2, seed: 7 },
      steps: [1, 2].map((concurrency) => ({
        concurrency,
        throughput: expect.any(Number),
        p50: expect.any(Number),
        p90: expect.any(Number),
        p99: expect.any(Number),
        errors: 0,
        timeouts: 0,
        requests: expect.any(Number),
        repeats: [expect.any(Number)],
        generatorBusy: expect.any(Number),
        fitted: null,
      })),
      usl: null,
      capacity: null,
      findings: expect.arrayContaining([expect.objectContaining({ code: 'TOO_FEW_LEVELS' })]),
    });
    const [one, two] = document.steps;
    expect(one?.p50).toBeGreaterThan(0.004);
    expect(one?.throughput).toBeLessThan(250);
    expect(two?.throughput).toBeGreaterThan(one?.throughput ?? Infinity);
  });

  it('shows it to a person', async () => {
    const url = await at(workers(2, 0.005));
    const { code, stdout, stderr } = await fxscale([
      'probe',
      url,
      '-c',
      '1,2,4',
      ...short,
      '--step',
      '150ms',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^(Capacity|Not saturated): /);
    expect(stdout).toContain('Requests per second by connections   ● measured');
    expect(stdout).toMatch(/^ +4 +[\d.,]+\/s +[\d.]+ms +[\d.]+ms +[\d.]+ms +0 +0$/m);
  });

  it('says what was measured when it is stopped', async () => {
    let served = 0;
    const url = await at((_, response) => {
      served++;
      setTimeout(() => response.end('ok'), 10);
    });
    const args = [
      '-c',
      '1,2',
      '--repeats',
      '100',
      '--step',
      '100ms',
      '--warm-up',
      '100ms',
      '--cooldown',
      '0s',
    ];
    const running = start(['probe', url, '--json', ...args]);
    // Neither the warm-up nor any step takes more than 30 of them.
    await expect.poll(() => served, { timeout: 30_000 }).toBeGreaterThan(150);
    running.child.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 105, stderr: 'fxscale: stopped by Ctrl-C\n' });
    const { steps, findings } = JSON.parse(stdout) as Document;
    const [incomplete] = findings.filter(({ code }) => code === 'INCOMPLETE');
    expect(incomplete?.args).toEqual({ done: steps.flatMap(({ repeats }) => repeats).length, of: 200 });
  });

  it('is stopped while the target hangs', async () => {
    let asked = false;
    const url = await at(() => {
      asked = true;
    });
    const running = start(['probe', url, '--timeout', '10m']);
    await expect.poll(() => asked, { timeout: 30_000 }).toBe(true);
    running.child.kill('SIGTERM');
    expect(await running.ended).toEqual({ code: 105, stdout: '', stderr: 'fxscale: stopped by SIGTERM\n' });
  });

  it('ends with what was measured when the target goes away', async () => {
    const target = await httpTarget(workers(2, 0.004));
    const running = start([
      'probe',
      target.url,
      '-c',
      '1,2',
      '--repeats',
      '50',
      ...short.slice(4),
      '--step',
      '100ms',
    ]);
    // Three connections in the warm-up and the first step, more in the second.
    await expect.poll(() => target.connections(), { timeout: 30_000 }).toBeGreaterThan(5);
    await target.close();
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: `fxscale: ${target.url} stopped answering: ECONNREFUSED\n`,
    });
    expect(stdout).toMatch(/Ended early: \d+ of 100 steps were\s+measured\./);
  });

  it.each([
    [
      ['http://127.0.0.1/', '-c', '1,two'],
      /^fxscale: option '-c, --connections <list>' argument '1,two' is invalid\. .*$/,
    ],
    [
      ['http://127.0.0.1/', '--step', '0s'],
      /^fxscale: option '--step <time>' argument '0s' is invalid\. .*$/,
    ],
    [
      ['http://127.0.0.1/', '-m', 'HEAD'],
      /^fxscale: option .* "HEAD" is not a method: write one of GET, .*$/,
    ],
    [
      ['http://127.0.0.1/', '-H', 'x-key hidden-key'],
      /^fxscale: the header is not one: write for example 'accept: application\/json'$/,
    ],
    [
      ['http://127.0.0.1/', '--step', 'http://user:hidden@host/'],
      /^fxscale: option '--step <time>' argument 'http:\/\/user:\*\*\*@host\/' is invalid\. (?!.*hidden).*$/,
    ],
    [['http://127.0.0.1/', '--rate', '5'], /^fxscale: unknown option '--rate'.*$/],
    [[], /^fxscale: missing required argument 'url'; see fxscale probe --help$/],
    [['nowhere'], /^fxscale: nowhere is not a URL to load: write for example http:\/\/127\.0\.0\.1:3000\/$/],
    [
      ['http://192.0.2.1/'],
      /^fxscale: 192\.0\.2\.1 is not this machine: if you may load it, add --allow-host 192\.0\.2\.1$/,
    ],
  ])('refuses %j in one line', async (args, line) => {
    const { code, stdout, stderr } = await fxscale(['probe', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]*\n$/);
    expect(stderr.trimEnd()).toMatch(line);
  });

  it('says in one line that it cannot open so many connections', async () => {
    const url = await at(workers(4, 0.005));
    const args = ['-c', '4,200', '--step', '100ms', '--warm-up', '100ms'];
    const limited = ['ulimit -n 100 && exec "$@"', 'sh', process.execPath, binary, 'probe', url, ...args];
    const { status, stderr } = await new Promise<{ status: number | null; stderr: string }>((resolve) => {
      const child = spawn('sh', ['-c', ...limited], { stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.once('close', (status) => resolve({ status, stderr }));
    });
    expect(stderr).toBe(
      'fxscale: this machine cannot open 200 connections at once (EMFILE): raise its limit, such as ulimit -n, or leave the larger values out of -c\n',
    );
    expect(status).toBe(2);
  });

  it('says in one line that nobody is there', async () => {
    const gone = await httpTarget(() => undefined);
    await gone.close();
    expect(await fxscale(['probe', gone.url])).toEqual({
      code: 4,
      stdout: '',
      stderr: `fxscale: ${gone.url} does not answer: ECONNREFUSED\n`,
    });
  });
});
