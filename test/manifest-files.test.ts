import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { writePlan } from '../src/artifacts.ts';
import type { KubernetesObject } from '../src/emit/object.ts';
import type { Tiers } from '../src/emit/tiers.ts';
import { type Files, manifestFiles } from '../src/manifest-files.ts';
import { readManifest } from '../src/manifests.ts';
import { defaultSettings } from '../src/plan-flags-manifests.ts';
import { planCapacity } from '../src/planners/plan.ts';
import type { Plan } from '../src/planners/types.ts';
import { Folder } from './cli/fxscale.ts';
import { declared, everything, plain, tiers, withMetrics } from './emit/plans.ts';
import { missing } from './requirements.ts';

const now = Date.UTC(2026, 10, 29) / 1000;
const folder = new Folder();
afterAll(() => folder.remove());

const chart = path.join(import.meta.dirname, '..', 'charts', 'service', 'templates');
const templates: Files = Object.fromEntries(
  readdirSync(chart).map((name) => [name, readFileSync(path.join(chart, name), 'utf8')]),
);
const filesOf = (settings = everything, plan = withMetrics(declared)) =>
  manifestFiles(plan, settings, templates, now);

/** What the objects are made of is a part of what these tiers are in a plan. */
const withTiers = { ...withMetrics(declared), ...tiers } as Plan & Tiers;

/** By kind, as they would be found after `kubectl apply`. */
const byKind = (objects: KubernetesObject[]) => Object.fromEntries(objects.map((each) => [each.kind, each]));
const manifestsIn = (files: Files, below: string) =>
  byKind(
    Object.keys(files)
      .filter((name) => name.startsWith(below))
      .map((name) => parse(files[name] ?? '')),
  );

describe('the files of a plan', () => {
  it('are the same objects after YAML, and their order is one in which they can be applied', () => {
    const names = Object.keys(filesOf({ ...everything, regions: [] })).filter((name) =>
      name.startsWith('manifests/'),
    );
    expect(names).toEqual(
      ['service', 'deployment', 'pdb', 'hpa', 'gateway', 'http-route', 'ingress'].map(
        (name) => `manifests/${name}.yaml`,
      ),
    );
    for (const [name, text] of Object.entries(filesOf())) {
      if (!name.endsWith('.yaml') || name.includes('/templates/')) continue;
      expect(stringify(parse(text), { aliasDuplicateObjects: false, lineWidth: 0 }), name).toBe(text);
      expect(text).not.toMatch(/[&*]a\d/);
    }
  });

  it('are taken by the rules of the API server and of KEDA that the simulator reads manifests with', () => {
    const files = manifestFiles(withTiers, everything, templates, now);
    const read = (names: string[]) =>
      readManifest(names.map((name) => files[name]).join('---\n'), 'manifests');
    const hpas = read(['hpa', 'pdb', 'deployment'].map((name) => `manifests/eu-west-1/${name}.yaml`));
    expect(hpas.autoscalers.map(({ hpa }) => [hpa.minReplicas, hpa.maxReplicas, hpa.metrics.length])).toEqual(
      [[declared.hpa?.spec.minReplicas, declared.hpa?.spec.maxReplicas, 2]],
    );
    expect(hpas.budgets).toHaveLength(1);
    const scaled = read(['trading-consumer', 'trading-worker'].map((name) => `keda/${name}.yaml`));
    expect(scaled.autoscalers.map(({ hpa }) => [hpa.minReplicas, hpa.maxReplicas])).toEqual([
      [2, 12],
      [2, 6],
    ]);
  });

  it('have what each region runs apart from the others', () => {
    const files = filesOf();
    for (const region of everything.regions) {
      const { Deployment, HorizontalPodAutoscaler, PodDisruptionBudget } = manifestsIn(
        files,
        `manifests/${region}/`,
      );
      for (const object of [Deployment, HorizontalPodAutoscaler, PodDisruptionBudget]) {
        expect(object?.metadata).toMatchObject({
          name: `trading-service-${region}`,
          labels: { 'topology.kubernetes.io/region': region },
        });
      }
    }
    expect(Object.keys(files)).not.toContain('manifests/deployment.yaml');
  });

  it('leave out what the plan or the flags say too little for', () => {
    const names = Object.keys(filesOf(plain, planCapacity([], { rps: 1000, latency: 0.1 })));
    expect(names.filter((name) => !name.startsWith('helm/templates/'))).toEqual([
      ...['service', 'deployment', 'pdb', 'hpa'].map((name) => `manifests/${name}.yaml`),
      'monitoring/pod-monitor.yaml',
      'monitoring/prometheus-rule.yaml',
      ...['kustomization', 'service', 'deployment', 'pdb', 'hpa'].map(
        (name) => `kustomize/base/${name}.yaml`,
      ),
      'helm/Chart.yaml',
      'helm/values.yaml',
      'prometheus/alerts.yaml',
    ]);
    const onlyStorage = planCapacity([], { tradesPerDay: 1e6, tradeBytes: 2048, storageBytes: 2 ** 30 });
    expect(Object.keys(filesOf(everything, onlyStorage))).toEqual(['postgres/partitions.sql']);
    expect(filesOf(everything, planCapacity([], { peakConnections: 400 }))).toEqual({
      'postgres/postgresql.conf': expect.stringMatching(
        /^# the sessions of the service.*\nmax_connections = 600\n$/,
      ),
    });
  });

  it('have the other tiers where the plan has them', () => {
    const files = manifestFiles({ ...declared, ...tiers } as Plan & Tiers, everything, templates, now);
    const names = Object.keys(files).filter((name) => /^(?:kafka|keda|postgres|pgbouncer)\//.test(name));
    expect(names).toEqual([
      'kafka/topics.json',
      ...['trades', 'dead-letters', 'analytics'].map((name) => `kafka/${name}.yaml`),
      'keda/trading-consumer.yaml',
      'keda/trading-worker.yaml',
      'postgres/postgresql.conf',
      'postgres/partitions.sql',
    ]);
    expect(JSON.parse(files['kafka/topics.json'] ?? '').map(({ name }: { name: string }) => name)).toEqual([
      'trades',
      'Dead_Letters',
      'analytics',
    ]);
  });

  it('are not written when they do not fit together', () => {
    const long = { ...plain, regions: ['r'.repeat(60)] };
    expect(() => filesOf(long)).toThrow(/do not fit together.*is not a name.*please report this/);
  });

  it('make the share of each controller of the Ingress from what a client may ask for', () => {
    const { Ingress } = manifestsIn(filesOf({ ...everything, regions: [] }), 'manifests/');
    expect(Ingress?.metadata.annotations).toEqual({
      'nginx.ingress.kubernetes.io/limit-rps': '67',
      'nginx.ingress.kubernetes.io/limit-burst-multiplier': '2',
    });
  });

  it('make the next months up to the horizon, over the turn of a year', () => {
    const sql = filesOf()['postgres/partitions.sql'] ?? '';
    const months = [
      ...sql.matchAll(/ATTACH PARTITION (\w+) FOR VALUES FROM \('([^']+)'\) TO \('([^']+)'\)/g),
    ];
    expect(months).toHaveLength(13);
    expect(months.slice(0, 2).map((match) => match.slice(1))).toEqual([
      ['trades_y2026m11', '2026-11-01 00:00:00+00', '2026-12-01 00:00:00+00'],
      ['trades_y2026m12', '2026-12-01 00:00:00+00', '2027-01-01 00:00:00+00'],
    ]);
    expect(months.at(-1)?.[1]).toBe('trades_y2027m11');
  });
});

describe('the Helm chart', () => {
  it.each([undefined, 'eu-west-1'])('makes the same objects from its values: region %s', (region) => {
    const files = filesOf(region === undefined ? { ...everything, regions: [] } : everything);
    const values = parse(files[`helm/values${region === undefined ? '' : `-${region}`}.yaml`] ?? '');
    values.monitoring.enabled = true;
    const below = region === undefined ? '' : `${region}/`;
    const plainly = {
      ...manifestsIn(files, `manifests/${below}`),
      ...manifestsIn(files, `monitoring/${below}`),
    };
    const made = byKind(Object.values(templates).map((template) => parse(render(template, values))));
    expect(Object.keys(made).toSorted()).toEqual(Object.keys(plainly).toSorted());
    for (const [kind, object] of Object.entries(plainly)) {
      const { namespace: _, ...metadata } = object.metadata;
      expect(made[kind], kind).toEqual({ ...object, metadata });
    }
  });

  it('leaves out what the values do not have', () => {
    const files = filesOf(plain);
    const values = parse(files['helm/values.yaml'] ?? '');
    const empty = Object.entries(templates).filter(([, text]) => render(text, values).trim() === '');
    expect(empty.map(([name]) => name).toSorted()).toEqual(
      ['gateway', 'http-route', 'ingress', 'pod-monitor', 'prometheus-rule'].map((name) => `${name}.yaml`),
    );
  });

  it('names the version of the image', () => {
    const version = (image: string) =>
      parse(filesOf({ ...plain, image })['helm/Chart.yaml'] ?? '').appVersion;
    expect(version('registry:5000/fx/trading:1.4')).toBe('1.4');
    expect(version('registry:5000/fx/trading')).toBe('latest');
    expect(version('trading@sha256:abc')).toBe('latest');
  });
});

/** The part of Helm's language that the templates use: a value, `toYaml ... | nindent N`, and `if`. */
function render(template: string, values: unknown): string {
  const at = (name: string) =>
    name.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], values);
  const kept: boolean[] = [];
  const lines = template.split('\n').flatMap((line) => {
    const condition = /^\s*\{\{- if \.Values\.([\w.]+) \}\}$/.exec(line)?.[1];
    if (condition !== undefined) kept.push(Boolean(at(condition)));
    const ends = /^\s*\{\{- end \}\}$/.test(line);
    const shown = !kept.includes(false) && condition === undefined && !ends;
    if (ends) kept.pop();
    if (!shown) return [];
    const block = /^\s*\{\{- toYaml \.Values\.([\w.]+) \| nindent (\d+) \}\}$/.exec(line);
    if (block) {
      const text = stringify(at(block[1] ?? ''), { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd();
      return text.split('\n').map((each) => ' '.repeat(Number(block[2])) + each);
    }
    return [
      line
        .replace(/\{\{ \.Values\.([\w.]+) \| quote \}\}/, (_, name) => JSON.stringify(at(name)))
        .replace(/\{\{ \.Values\.([\w.]+) \}\}/, (_, name) => String(at(name))),
    ];
  });
  if (kept.length > 0 || lines.some((line) => line.includes('{{ .') || line.includes('{{-')))
    throw new Error(`the template uses what is not known here:\n${template}`);
  return lines.join('\n');
}

const noKubectl = missing('kubectl');

describe.skipIf(noKubectl)(`kustomize${noKubectl ? ` (${noKubectl})` : ''}`, () => {
  it('makes the same objects from the base and from the overlay of a region', () => {
    const out = path.join(folder.path, 'kustomize');
    const files = filesOf();
    for (const [name, text] of Object.entries(files).filter(([name]) => name.startsWith('kustomize/'))) {
      const file = path.join(out, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const built = (below: string) => {
      const { stdout, stderr } = spawnSync('kubectl', ['kustomize', path.join(out, 'kustomize', below)], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      return byKind(parseAllDocuments(stdout).map((document) => document.toJS()));
    };
    expect(built('base')).toEqual(manifestsIn(filesOf({ ...everything, regions: [] }), 'manifests/'));
    expect(built('overlays/us-east-1')).toEqual(manifestsIn(files, 'manifests/us-east-1/'));
  });
});

const noPrometheus = missing('prometheus');

describe.skipIf(noPrometheus)(`the alerts in Prometheus${noPrometheus ? ` (${noPrometheus})` : ''}`, () => {
  beforeAll(() => {
    writeFileSync(
      path.join(folder.path, 'alerts.yaml'),
      filesOf({ ...plain })['prometheus/alerts.yaml'] ?? '',
    );
  });
  const promtool = (args: string[]) => spawnSync('promtool', args, { cwd: folder.path, encoding: 'utf8' });

  it('are rules', () => {
    const { stdout, status } = promtool(['check', 'rules', 'alerts.yaml']);
    expect({ status, found: /(\d+) rules found/.exec(stdout)?.[1] }).toEqual({ status: 0, found: '17' });
  });

  it('fire when a limit of the plan is passed, and not before', () => {
    const max = declared.hpa?.spec.maxReplicas ?? 0;
    const series = (text: string, values: string) => ({ series: text, values });
    const page = 'job="trading-service",method="GET",route="/api/prices/:symbol"';
    const hpa = (name: string) =>
      `kube_horizontalpodautoscaler_${name}{namespace="fx",horizontalpodautoscaler="trading-service"}`;
    const firing = (at: string, alerts: Record<string, string>[]) => ({
      expr: 'count by (alertname, severity, window, days) (ALERTS{alertstate="firing"})',
      eval_time: at,
      exp_samples: alerts.map((labels) => ({
        labels: `{${Object.entries(labels)
          .map(([key, value]) => `${key}="${value}"`)
          .join(', ')}}`,
        value: 1,
      })),
    });
    const burn = (window: string, severity = 'critical') => ({
      alertname: 'SloBudgetBurns',
      severity,
      window,
    });
    const fills = (days: string, severity: string) => ({ alertname: 'DatabaseVolumeFills', severity, days });
    const atMaximum = { alertname: 'AutoscalerAtMaximum', severity: 'critical' };
    // A fifth of the requests is slow from the second hour on, and from then on all replicas run.
    const traffic = {
      interval: '1m',
      input_series: [
        series(`http_request_duration_seconds_bucket{${page},le="0.25"}`, '0+60x60 3648+48x120'),
        series(`http_request_duration_seconds_count{${page}}`, '0+60x180'),
        series(hpa('status_desired_replicas'), `${Math.floor(max * 0.75)}x60 ${max}x120`),
        series(hpa('spec_max_replicas'), `${max}x180`),
      ],
      promql_expr_test: [
        firing('60m', []),
        // A sixth of an hour is not enough for the hour's window.
        firing('70m', [burn('3d', 'warning')]),
        firing('2h', [burn('1h'), burn('6h'), burn('3d', 'warning'), atMaximum]),
      ],
    };
    // Of a volume of 2,000 GiB.
    const growth = (perHour: string, alerts: Record<string, string>[]) => ({
      interval: '1h',
      input_series: [series('pg_database_size_bytes{server="db:5432"}', `1500e9+${perHour}x300`)],
      promql_expr_test: [firing('8d', alerts)],
    });
    const volume = [
      growth('0.1e9', []),
      growth('0.5e9', [fills('90', 'warning')]),
      growth('2.2e9', [fills('7', 'critical'), fills('90', 'warning')]),
    ];
    for (const [every, tests] of [
      ['1m', [traffic]],
      ['12h', volume],
    ] as const) {
      const file = { rule_files: ['alerts.yaml'], evaluation_interval: every, tests };
      writeFileSync(path.join(folder.path, 'tests.yaml'), stringify(file));
      const { stdout, stderr, status } = promtool(['test', 'rules', 'tests.yaml']);
      expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
    }
  });
});

describe('the folder of a plan', () => {
  it('loses the files of the plan before it, and keeps those of others', async () => {
    const out = path.join(folder.path, 'again');
    mkdirSync(out);
    writeFileSync(path.join(out, 'notes.txt'), 'mine');
    await writePlan(out, declared, { ...defaultSettings, regions: ['eu-west-1'] }, now);
    writeFileSync(path.join(out, 'manifests', 'mine.yaml'), 'a: 1\n');
    const written = await writePlan(out, declared, defaultSettings, now);
    const there = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    expect(there.toSorted()).toEqual(
      [
        ...written,
        ...['.fxscale-files', 'notes.txt', path.join('manifests', 'mine.yaml')].map((name) =>
          path.join(out, name),
        ),
      ].toSorted(),
    );
  });

  it('is left alone beyond itself, whatever its list says', async () => {
    const out = path.join(folder.path, 'listed');
    const outside = path.join(folder.path, 'outside.txt');
    mkdirSync(out);
    writeFileSync(outside, 'mine');
    writeFileSync(path.join(out, '.fxscale-files'), `../outside.txt\n${outside}\nx/../../outside.txt\n`);
    await writePlan(out, declared, defaultSettings, now);
    expect(readFileSync(outside, 'utf8')).toBe('mine');
  });
});
