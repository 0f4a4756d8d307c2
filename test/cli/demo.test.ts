import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Plan } from '../../src/planners/types.ts';
import { parseRun } from '../../src/run.ts';
import { Folder, fxscale, start } from './fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());

/** Processes of the platform and of its database that have `parent` among their ancestors, or none left at all. */
function platformProcesses(marker: string): string[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(marker));
}

describe('fxscale demo', () => {
  it('loads the platform, measures it, plans from that and leaves nothing behind', async () => {
    const out = path.join(folder.path, 'demo');
    // What somebody's shell names is not for a demo to fill.
    const env = {
      DATABASE_URL: 'postgres://somebody@127.0.0.1:1/else',
      REDIS_URL: 'redis://127.0.0.1:1',
      FX_TOKEN_SECRET: 'the secret of somebody else',
    };
    const { code, stdout, stderr } = await fxscale(['demo', '--duration', '25s', '--out', out, '--json'], {
      env,
    });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const plan = JSON.parse(stdout) as Plan;
    expect(plan).toMatchObject({
      schema: 'fxscale.plan/1',
      basis: 'measured',
      inputs: { peak: { rate: 5000 } },
    });
    expect(Object.keys(plan.demand).sort()).toEqual(['history', 'positions', 'quote', 'trade']);
    expect(plan.replicas?.recommended).toBeGreaterThanOrEqual(2);
    expect(plan.bottleneck?.atRate).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(path.join(out, 'plan.json'), 'utf8'))).toEqual(plan);
    expect(readdirSync(path.join(out, 'manifests')).sort()).toEqual([
      'deployment.yaml',
      'hpa.yaml',
      'pdb.yaml',
      'service.yaml',
    ]);
    const hpa = parse(readFileSync(path.join(out, 'manifests', 'hpa.yaml'), 'utf8'));
    expect(hpa.spec).toEqual(plan.hpa?.spec);
    const run = parseRun(readFileSync(path.join(out, 'run.ndjson'), 'utf8'), 'run.ndjson');
    expect(run.end?.exitCode).toBe(0);
    expect(new Set(run.samples.map(({ source }) => source))).toContain('platform/0');
    // The database's data folder is named in its command line, and its password never in the run.
    const database = run.header.sources.find(({ source }) => source === 'postgres')?.url ?? '';
    expect(database).toMatch(/^postgres:\/\/fx:\*\*\*@127\.0\.0\.1:\d+\//);
    expect(platformProcesses(`-p ${new URL(database).port} `)).toEqual([]);
  }, 120_000);

  it('stops everything on Ctrl-C and keeps what was measured', async () => {
    const out = path.join(folder.path, 'stopped');
    const running = start(['demo', '--out', out]);
    await running.saw(/Loading it/);
    const runFile = path.join(out, 'run.ndjson');
    while (!existsSync(runFile) || readFileSync(runFile, 'utf8').split('\n').length < 12) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(105);
    expect(stderr.trim().split('\n').at(-1)).toBe('fxscale: stopped by Ctrl-C');
    const run = parseRun(readFileSync(runFile, 'utf8'), runFile);
    expect(run.rows.length).toBeGreaterThan(0);
    const database = run.header.sources.find(({ source }) => source === 'postgres')?.url ?? '';
    expect(platformProcesses(`-p ${new URL(database).port} `)).toEqual([]);
    expect(existsSync(path.join(out, 'plan.json'))).toBe(false);
  }, 120_000);

  it.each([
    ['a folder that cannot be written', ['--out', '/dev/null/demo'], /\/dev\/null\/demo cannot be written/],
    ['a run too short to measure', ['--duration', '3s'], /at least 20s/],
    ['a peak without its unit', ['--peak', '12k'], /"12k" is not a rate.*12k\/s/],
    ['a negative peak', ['--peak', '-3/s'], /"-3\/s" is not a rate/],
    ['an unknown flag', ['--durration', '30s'], /--durration.*--duration/],
  ])('refuses %s in one line', async (_, flags, message) => {
    const { code, stderr } = await fxscale(['demo', ...flags]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('fxscale serve', () => {
  it('says in one line that its port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, stderr } = await fxscale(['serve', '--port', String(port)]);
    server.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^fxscale: port ${port} .*\\n$`));
  });
});

describe('fxscale plan', () => {
  it('plans from declared figures as the platform document does, with its quantities corrected', async () => {
    const { code, stdout } = await fxscale([
      'plan',
      '--rps',
      '1000',
      '--latency',
      '100ms',
      '--json',
      '--no-simulate',
    ]);
    expect(code).toBe(0);
    const plan = JSON.parse(stdout) as Plan;
    expect(plan.basis).toBe('declared');
    expect(plan.replicas).toMatchObject({ recommended: 30, by: 'cpu', byMemory: 8 });
    expect(plan.resources).toEqual({
      requests: { cpu: '500m', memory: '512Mi' },
      limits: { cpu: '1', memory: '1Gi' },
    });
  });

  it.each([
    ['nothing to plan from', [], /plan needs a run file, or declared figures/],
    ['a peak without its unit', ['--peak', '12k'], /"12k" is not a rate/],
    ['a negative peak', ['--peak', '-3/s'], /"-3\/s" is not a rate/],
    ['an unknown flag', ['--rps', '10', '--latencey', '1s'], /--latencey.*--latency/],
    ['a run that is not there', ['no-such-run.ndjson'], /no-such-run\.ndjson cannot be read/],
    [
      'a folder that cannot be written',
      ['--rps', '1000', '--latency', '100ms', '--out', '/dev/null/x'],
      /\/dev\/null\/x cannot be written/,
    ],
  ])('refuses %s in one line', async (_, flags, message) => {
    const { code, stderr, stdout } = await fxscale(['plan', ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a file from elsewhere with the place of the first bad field', async () => {
    const file = path.join(folder.path, 'other.ndjson');
    writeFileSync(file, '{"type":"Metric","data":{"name":"vus"}}\n');
    const { code, stderr } = await fxscale(['plan', file, '--peak', '10/s']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/other\.ndjson:1 is not a fxscale\.run\/1 run file/);
  });
});
