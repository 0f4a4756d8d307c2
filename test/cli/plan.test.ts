import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Plan } from '../../src/planners/types.ts';
import { linesOf, syntheticRun } from '../planners/synthetic.ts';
import { Folder, fxscale } from './fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());

const run = syntheticRun();
const lines = linesOf(run);
const runFile = folder.write('run.ndjson', lines.join(''));
const pricesFile = folder.write(
  'prices.yaml',
  'asOf: 2026-11-01\ncompute: {perCoreHour: 0.04, perGiBHour: 0.005}\nregions: {eu-west-1: {compute: {perCoreHour: 0.05}}}\n',
);
folder.write('cheap.yaml', 'asOf: 2026-11-01\nvolumes:\n  gp3:\n    perGiBMonth: cheap\n');

async function planned(...args: string[]): Promise<Plan> {
  const { code, stdout, stderr } = await fxscale(
    ['plan', '--json', '--no-simulate', '--worlds', '500', ...args],
    {
      cwd: folder.path,
    },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Plan;
}

describe('fxscale plan', () => {
  it('plans from declared figures as the platform document says', async () => {
    const plan = await planned('--rps', '1000', '--latency', '100ms');
    expect(plan).toMatchObject({
      schema: 'fxscale.plan/1',
      basis: 'declared',
      replicas: { recommended: 30, by: 'cpu', byMemory: 8 },
      cpu: { request: 0.5, limit: 1 },
      memory: { request: 2 ** 29, limit: 2 ** 30 },
      resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '1', memory: '1Gi' } },
    });
  });

  it('plans from a run, up to the last second of one that was killed', async () => {
    const plan = await planned(runFile, '--peak', '2000/s', '--startup', '10s');
    expect(plan.basis).toBe('measured');
    const killed = folder.write('killed.ndjson', `${lines.slice(0, -1).join('')}{"row":{"t":`);
    const same = await planned(killed, '--peak', '2000/s', '--startup', '10s');
    expect(same.replicas).toEqual(plan.replicas);
    expect(same.findings.map(({ code }) => code)).toContain('RUN_INCOMPLETE');
  });

  it('takes every flag', async () => {
    const plan = await planned(
      ...[runFile, '--peak', '12k/s', '--growth', '20%/y', '--horizon', '6mo'],
      ...['--event', 'nfp:3:300s:30m', '--event', 'ecb:2:120s:10m'],
      ...['--slo', 'p99=250ms', '--slo', 'trade:p95=300ms'],
      ...['--mix', 'quote=60,trade=30,history=5,positions=5'],
      ...['--availability', 'zone', '--zones', '4', '--replica-cpu', '750m', '--replica-memory', '1Gi'],
      ...['--startup', '12s', '--users', '100000', '--latency', '50ms', '--trades-per-day', '5000000'],
      ...['--avg-trade-kb', '2', '--storage-gb', '100', '--volume-gb', '2000', '--connections', '20'],
      ...['--peak-connections', '40', '--confidence', '90%', '--seed', '7'],
      ...['--retention', '24mo', '--read-replicas', '1', '--read-share', '50..60..80%', '--backups', '2'],
      ...['--working-set', '5..10..20%', '--database-cpu', '32', '--database-memory', '64Gi'],
      ...['--max-connections', '200', '--pool-wait', 'p95=5ms', '--cloud', 'aws', '--volume', 'gp3'],
      ...['--prices', pricesFile, '--price-region', 'eu-west-1'],
    );
    expect(plan.inputs).toMatchObject({
      peak: { rate: 12_000, basis: 'declared', source: 'stated' },
      growth: 0.2,
      horizonMonths: 6,
      events: [
        { name: 'nfp', multiplier: 3, rise: 300, decay: 1800 },
        { name: 'ecb', multiplier: 2, rise: 120, decay: 600 },
      ],
      slos: [
        { quantile: 0.99, seconds: 0.25 },
        { class: 'trade', quantile: 0.95, seconds: 0.3 },
      ],
      availability: 'zone',
      zones: 4,
      startup: 12,
      confidence: 0.9,
      seed: 7,
      database: {
        retentionMonths: 24,
        readReplicas: 1,
        readShare: { low: 0.5, mid: 0.6, high: 0.8 },
        backups: 2,
        workingSet: { share: { low: 0.05, mid: 0.1, high: 0.2 } },
        cores: 32,
        memory: 64 * 2 ** 30,
        maxConnections: 200,
        poolWait: { quantile: 0.95, seconds: 0.005 },
        cloud: 'aws',
        volume: 'gp3',
      },
      declared: {
        latency: 0.05,
        users: 100_000,
        tradesPerDay: 5_000_000,
        tradeBytes: 2048,
        storageBytes: 100 * 2 ** 30,
        capacityBytes: 2000 * 2 ** 30,
        connections: 20,
        peakConnections: 40,
      },
    });
    expect(plan.load?.peak).toBeCloseTo(12_000 * 1.2 ** 0.5, 6);
    expect(plan.load?.mix.quote).toBeCloseTo(0.6, 9);
    expect(plan.resources).toMatchObject({ requests: { cpu: '750m' }, limits: { cpu: '1', memory: '1Gi' } });
    expect(plan.hpa?.spec.minReplicas).toBe(4);
    expect(plan.storage?.daysUntilFull).toBeGreaterThan(0);
    expect(plan.cost).toMatchObject({
      region: 'eu-west-1',
      asOf: '2025-09-30',
      regions: [{ region: 'us-east-1' }],
    });
    expect(plan.cost?.lines[0]).toMatchObject({ what: 'service', price: 0.05 });
  });

  it('prints for people, as markdown, or as JSON', async () => {
    const formats = ['terminal', 'markdown', 'json'];
    const [terminal, markdown, json] = await Promise.all(
      formats.map((format) =>
        fxscale(['plan', '--rps', '1000', '--latency', '100ms', '--no-simulate', '--format', format]),
      ),
    );
    expect(terminal?.stdout).toMatch(/30 replicas of 500m CPU and 512Mi memory/);
    expect(terminal?.stdout).not.toContain('\u001b[');
    expect(markdown?.stdout).toMatch(/^# /);
    expect(JSON.parse(json?.stdout ?? '').schema).toBe('fxscale.plan/1');
  });

  it('writes the plan and its manifests, and says where', async () => {
    const out = path.join(folder.path, 'a', 'plan');
    const load = ['plan', '--rps', '1000', '--latency', '100ms'];
    const args = [...load, '--out', out, '--image', 'registry/fx:2', '--namespace', 'fx'];
    const { code, stderr } = await fxscale(args);
    expect(code).toBe(0);
    expect(readdirSync(out).toSorted()).toEqual([
      '.fxscale-files',
      ...['helm', 'kustomize', 'manifests', 'monitoring', 'plan.json', 'plan.md', 'prometheus'],
    ]);
    expect(stderr).toBe(
      `Written:\n  ${out}/plan.json\n  ${out}/plan.md\n  ${out}/manifests/  4 files\n  ${out}/monitoring/  2 files\n` +
        `  ${out}/kustomize/  5 files\n  ${out}/helm/  11 files\n  ${out}/prometheus/  1 file\n`,
    );
    const read = (name: string) => readFileSync(path.join(out, name), 'utf8');
    const plan = JSON.parse(read('plan.json')) as Plan;
    expect(plan.autoscaling?.chosen.violatedSeconds).toBeLessThanOrEqual(
      plan.autoscaling?.budgetSeconds ?? 0,
    );
    expect(parse(read('manifests/hpa.yaml')).spec).toEqual(plan.hpa?.spec);
    expect(parse(read('manifests/service.yaml')).metadata.namespace).toBe('fx');
    expect(parse(read('manifests/deployment.yaml')).spec.template.spec.containers[0]).toMatchObject({
      image: 'registry/fx:2',
      resources: plan.resources,
    });
    expect((await fxscale([...args, '--no-simulate', '--quiet'])).stderr).toBe('');
  });

  it.each<[RegExp, string[]]>([
    [/^fxscale: plan needs a run file, or declared figures/, []],
    [/--peak.*"12k" is not a rate.*12000\/s/, ['--peak', '12k']],
    [/--peak.*"-3\/s" is not a rate/, ['--peak', '-3/s']],
    [/--slo.*is not an SLO/, ['--slo', 'fast', '--rps', '1']],
    [/--event.*is not an event.*nfp:3:60s:30m/, ['--event', 'nfp', '--rps', '1']],
    [/--availability.*replica, zone/, ['--availability', 'planet', '--rps', '1']],
    [/--confidence/, ['--confidence', '100%', '--rps', '1']],
    [/--region-names.*"EU" is not a list of regions/, ['--region-names', 'EU', '--rps', '1']],
    [/--gateway-class is for Gateway API: give --gateway/, ['--gateway-class', 'istio', '--rps', '1']],
    [/unknown option '--pek'/, ['--pek', '1/s']],
    [/--peak and --rps both state the load/, ['--peak', '1/s', '--rps', '1']],
    [/--json and --format markdown/, ['--json', '--format', 'markdown', '--rps', '1']],
    [/missing\.ndjson cannot be read: there is no such file/, ['missing.ndjson']],
    [/--slo trade:p99=1ms: trade takes .* at the lowest load/, [runFile, '--slo', 'trade:p99=1ms']],
    [/--mix checkout: no run sent this class/, [runFile, '--mix', 'checkout=1']],
    [
      /cheap\.yaml: volumes\.gp3\.perGiBMonth: "cheap" is not a number above zero/,
      ['--rps', '1', '--prices', 'cheap.yaml'],
    ],
    [
      /--volume gp4: no volume is known by it; write one of gp3/,
      ['--trades-per-day', '1', '--volume', 'gp4'],
    ],
  ])('answers %s with one line and exit code 2', async (message, args) => {
    const { code, stdout, stderr } = await fxscale(['plan', ...args], { cwd: folder.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('does not begin to write into a folder that it may not write to', async () => {
    const file = folder.write('taken', 'a file');
    const { code, stdout, stderr } = await fxscale(['plan', '--rps', '10', '--out', file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^fxscale: .*taken cannot be written: [^\n]+\n$/);
    expect(existsSync(path.join(file, 'plan.json'))).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('a file');
  });

  it('names a run file that is none, with the line', async () => {
    const bad = folder.write('bad.ndjson', `${lines[0]}{"row":{"t":1}}\n`);
    const { code, stderr } = await fxscale(['plan', bad]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.ndjson:2 is not a fxscale\.run\/1 run file: /);
  });
});
