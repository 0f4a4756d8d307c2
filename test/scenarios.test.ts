import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lintScript } from '../src/load/lint.ts';
import { type Platform, startPlatform } from '../src/platform.ts';
import { Folder, fxscale } from './cli/fxscale.ts';
import { missing } from './requirements.ts';
import { serverProgram } from './server/server.ts';

const scripts = path.join(import.meta.dirname, '..', 'scenarios');
const withoutK6 = missing('k6');
const folder = new Folder();
let platform: Platform;

/** Each scenario small, and what its users do all of it in so short a time. */
const scenarios: Record<string, Record<string, string>> = {
  breakpoint: { DURATION: '3', MAX_RATE: '40' },
  failover: { DURATION: '3', RATE: '10', WRITERS: '2' },
  'history-heavy': { DURATION: '3', RATE: '4', PAGE: '10', STREAMS: '1' },
  'news-spike': { DURATION: '3', RATE: '10' },
  'order-burst': { DURATION: '3', BURSTS: '2', RATE: '4', PEAK: '15' },
  'price-fanout': { DURATION: '3', SUBSCRIBERS: '10', RAMP: '1' },
  soak: { DURATION: '3s', RATE: '20', OBSERVE: '1' },
  trading: { DURATION: '5', PEAK: '100' },
  'trading-day': { DURATION: '3', PEAK: '30' },
};
const names = Object.keys(scenarios);
/** What a busy machine may cross, and a test does not judge. */
const timings =
  /^(http_req_duration|price_(update_age|connecting)|latency_drift|unavailable_seconds|dropped_iterations)/;

beforeAll(async () => {
  platform = await startPlatform({ program: serverProgram, accounts: 100, news: '1,2,3' });
}, 60_000);

afterAll(async () => {
  folder.remove();
  await platform?.stop();
});

type Outcome = {
  code: number | null;
  /** Thresholds that were crossed and are no timings. */
  crossed: string[];
  warnings: string[];
  failedChecks: string[];
  checks: string[];
  /** Iterations that were due, done or dropped. */
  due: number;
};

type Summary = {
  metrics: Record<string, { count?: number; thresholds?: Record<string, boolean> }>;
  root_group: Group;
};
type Group = {
  groups: Record<string, Group>;
  checks: Record<string, { name: string; passes: number; fails: number }>;
};

const checksOf = ({ groups, checks }: Group): Group['checks'][string][] => [
  ...Object.values(checks),
  ...Object.values(groups).flatMap(checksOf),
];

type Run = (args: string[]) => Promise<{ code: number | null; stderr: string }>;

const engines: Record<string, Run> = {
  embedded: (args) => fxscale(['run', '--save', 'none', ...args]),
  k6: (args) =>
    new Promise((resolve) => {
      const child = spawn(process.env.K6_BIN ?? 'k6', ['run', ...args], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text) => {
        stderr += text;
      });
      child.once('close', (code) => resolve({ code, stderr }));
    }),
};

async function play(engine: string, name: string): Promise<Outcome> {
  const file = path.join(folder.path, `${engine}-${name}.json`);
  // A secret of somebody's shell is not this platform's.
  const common = { BASE_URL: platform.url, ACCOUNTS: '100', FX_TOKEN_SECRET: '' };
  const settings = { ...common, ...scenarios[name] };
  const { code, stderr } = (await engines[engine]?.([
    ...['--quiet', '--summary-export', file, path.join(scripts, `${name}.ts`)],
    ...Object.entries(settings).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
  ])) ?? { code: null, stderr: 'no such engine' };
  const { metrics, root_group } = JSON.parse(readFileSync(file, 'utf8')) as Summary;
  const crossed = Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.keys(thresholds)
      .filter((each) => thresholds[each])
      .map((each) => `${metric}: ${each}`),
  );
  const checks = checksOf(root_group);
  return {
    code: code === 99 && crossed.length > 0 && crossed.every((each) => timings.test(each)) ? 0 : code,
    crossed: crossed.filter((each) => !timings.test(each)),
    // A machine that is too busy to begin in time is told of, and no fault of the script.
    warnings: stderr
      .split('\n')
      .filter((line) => line !== '' && !/Insufficient VUs|thresholds on/.test(line)),
    failedChecks: checks.filter(({ fails }) => fails > 0).map((each) => each.name),
    checks: checks.map((each) => each.name).sort(),
    due: (metrics.iterations?.count ?? 0) + (metrics.dropped_iterations?.count ?? 0),
  };
}

async function playAll(engine: string): Promise<Record<string, Outcome>> {
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await play(engine, name)] as const)),
  );
}

describe('scenarios', () => {
  let embedded: Record<string, Outcome> = {};
  const unspoilt = { code: 0, crossed: [], warnings: [], failedChecks: [] };

  it('are all here, and the real k6 takes them as they are', async () => {
    const files = readdirSync(scripts).filter((name) => name.endsWith('.ts'));
    expect(files.map((file) => path.basename(file, '.ts')).sort()).toEqual(names.toSorted());
    for (const file of files) expect(await lintScript(path.join(scripts, file))).toEqual([]);
  });

  it('tell in their first lines what they are for, what they read and how to run them', () => {
    for (const name of names) {
      const head = readFileSync(path.join(scripts, `${name}.ts`), 'utf8').split(/^import/m)[0] ?? '';
      const lib = ['lib/platform.ts', 'lib/users.ts'];
      const text = [`${name}.ts`, ...lib]
        .map((each) => readFileSync(path.join(scripts, each), 'utf8'))
        .join('');
      const read = new Set([...text.matchAll(/__ENV\.(\w+)/g)].map(([, variable]) => variable));
      if (name === 'price-fanout') for (const each of ['ACCOUNTS', 'FX_TOKEN_SECRET']) read.delete(each);
      const told = [...head.matchAll(/^\/\/ {3}([A-Z]\w+) {2,}\S.*\(.+\)$/gm)].map(
        ([, variable]) => variable,
      );
      expect({ name, told: told.toSorted() }).toEqual({ name, told: [...read].toSorted() });
      for (const engine of ['fxscale', 'k6'])
        expect(head).toContain(`//   ${engine} run scenarios/${name}.ts`);
    }
  });

  it('run on the embedded engine, with everything answered as it should be', async () => {
    embedded = await playAll('embedded');
    for (const name of names) {
      expect({ name, ...embedded[name] }).toMatchObject({ name, ...unspoilt });
      expect(embedded[name]?.checks.length).toBeGreaterThan(0);
      expect(embedded[name]?.due).toBeGreaterThan(5);
    }
  }, 90_000);

  it.skipIf(withoutK6 !== undefined)(
    `run on the real k6 with the same checks ${withoutK6 ?? ''}`,
    async () => {
      const real = await playAll('k6');
      for (const name of names) {
        expect({ name, ...real[name] }).toMatchObject({ name, ...unspoilt, checks: embedded[name]?.checks });
      }
      // The last is due at the very end, where both race with it.
      const [ours, theirs] = [embedded.trading?.due ?? 0, real.trading?.due ?? 0];
      expect(ours).toBeGreaterThan(200);
      expect(Math.abs(theirs / ours - 1)).toBeLessThan(0.02);
    },
    90_000,
  );
});
