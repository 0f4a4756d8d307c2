import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buckets as served } from '../../server/metrics.ts';
import { adapterConfig } from '../../src/emit/adapter.ts';
import { alertGroups } from '../../src/emit/alerts/prometheus-rule.ts';
import type { Rule } from '../../src/emit/alerts/rule.ts';
import { buckets, matchersOf } from '../../src/emit/platform-metrics.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import type { Plan, Slo } from '../../src/planners/types.ts';
import { measured } from './measured.ts';
import { declared, withMetrics } from './plans.ts';

type Alert = Extract<Rule, { alert: string }>;

const rulesOf = (plan: Plan, place = {}) => alertGroups(plan, place).flatMap(({ rules }) => rules);
const alerts = (plan: Plan, name: string) =>
  rulesOf(plan).filter((rule): rule is Alert => 'alert' in rule && rule.alert === name);
const withSlos = (slos: Slo[], plan: Plan = declared): Plan => ({
  ...plan,
  inputs: { ...plan.inputs, slos },
});
const burning = (slos: Slo[], plan?: Plan) => alerts(withSlos(slos, plan), 'SloBudgetBurns');

describe('the rules on the page of the platform', () => {
  it('know its buckets', () => {
    expect(buckets).toEqual(served);
  });

  it.each(['quote', 'trade', 'history', 'positions'])('know the route of the class %s', (name) => {
    const folder = path.join(import.meta.dirname, '..', '..', 'server', 'http', 'routes');
    const sources = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
    const route = /route="([^"]+)"/.exec(matchersOf(name) ?? '')?.[1] ?? 'none';
    expect(sources.join('\n')).toContain(`'${route}'`);
  });
});

describe('alerts on how fast the error budget is spent', () => {
  it('are those of the Site Reliability Workbook', () => {
    const burns = burning([{ quantile: 0.999, seconds: 0.25 }]);
    expect(
      burns.map(({ expr, labels }) =>
        [labels.severity, ...expr.matchAll(/rate(\w+)\{[^}]*\} > ([\d.]+)/g)].map((each) =>
          typeof each === 'string' ? each : `${each[1]} ${each[2]}`,
        ),
      ),
    ).toEqual([
      ['critical', '1h 0.0144', '5m 0.0144'],
      ['critical', '6h 0.006', '30m 0.006'],
      ['warning', '3d 0.001', '6h 0.001'],
    ]);
  });

  it('leave out what would need more than all requests to be slow', () => {
    expect(burning([{ quantile: 0.95, seconds: 0.25 }])).toHaveLength(3);
    expect(burning([{ quantile: 0.9, seconds: 0.25 }]).map(({ labels }) => labels.window)).toEqual([
      '6h',
      '3d',
    ]);
    expect(burning([{ quantile: 0.5, seconds: 0.25 }]).map(({ labels }) => labels.window)).toEqual(['3d']);
  });

  it('are one set for each class that the page tells apart, so that quotes do not hide trades', () => {
    const names = new Set(
      burning([{ quantile: 0.99, seconds: 0.25 }], measured).map(({ labels }) => labels.slo),
    );
    expect([...names].toSorted()).toEqual(
      ['history', 'positions', 'quote', 'trade'].map((name) => `${name}-p99-250ms`),
    );
    const one = burning([{ class: 'trade', quantile: 0.99, seconds: 0.25 }], measured);
    expect(new Set(one.map(({ labels }) => labels.slo))).toEqual(new Set(['trade-p99-250ms']));
    expect(burning([{ class: 'unknown', quantile: 0.99, seconds: 0.25 }], measured)).toEqual([]);
  });

  it.each([
    [0.25, 'le="0.25"'],
    [0.2, 'le="0.25"'],
    [0.3, 'le="0.5"'],
    [0.9, String.raw`le=~"1(\\.0)?"`],
    [10, String.raw`le=~"10(\\.0)?"`],
  ])('count a request as slow that surely took longer than %d s', (seconds, matcher) => {
    const recorded = rulesOf(withSlos([{ quantile: 0.99, seconds }])).filter((rule) => 'record' in rule);
    expect(recorded).toHaveLength(5);
    for (const { expr } of recorded) expect(expr).toContain(matcher);
  });

  it('cannot be where the page has no bucket as long as the objective', () => {
    expect(burning([{ quantile: 0.99, seconds: 11 }])).toEqual([]);
  });
});

describe('alerts on what is used up', () => {
  it('stand at nine tenths of the rate at which each resource is', () => {
    const thresholds = alerts(measured, 'CapacityNearlyUsedUp').map(({ labels, expr }) => [
      labels.resource,
      Number(expr.split(' > ')[1]),
    ]);
    expect(thresholds).toHaveLength(measured.saturations.length);
    for (const [index, { resource, atRate }] of measured.saturations.entries()) {
      expect(thresholds[index]?.[0]).toBe(resource);
      expect(thresholds[index]?.[1]).toBeCloseTo(0.9 * atRate, 1);
    }
  });

  it('have the limits of the plan', () => {
    const limit = (plan: Plan, name: string) =>
      Number(/ > ([\d.e+]+)$/.exec(alerts(plan, name)[0]?.expr ?? '')?.[1]);
    expect(limit(declared, 'LoadAbovePlan')).toBeCloseTo(declared.load?.withEvents ?? 0, 3);
    expect(limit(declared, 'CpuSaturated')).toBeCloseTo(declared.cpu?.saturation ?? 0, 5);
    expect(limit(declared, 'MemoryNearLimit')).toBeCloseTo(0.9 * 2 ** 30, -3);
    expect(limit(declared, 'DatabaseConnectionsNearLimit')).toBe(90);
    expect(alerts(declared, 'PoolTooSmall')).toEqual([]);
    expect(limit(measured, 'PoolTooSmall')).toBe(0.01);
  });

  it('look ahead for the volume only where its size is known', () => {
    const ahead = alerts(declared, 'DatabaseVolumeFills').map(({ expr, labels }) => [
      labels.severity,
      Number(/, (\d+)\)/.exec(expr)?.[1]) / 86_400,
    ]);
    expect(ahead).toEqual([
      ['warning', 90],
      ['critical', 7],
    ]);
    const unknown = planCapacity([], { rps: 100, latency: 0.1 });
    expect(alerts(unknown, 'DatabaseVolumeFills')).toEqual([]);
  });

  it('ask for the series of their region and namespace, and of the container in its pods', () => {
    const [cpu] = rulesOf(declared, { region: 'eu-west-1', namespace: 'fx' }).filter(
      (rule) => 'alert' in rule && rule.alert === 'CpuSaturated',
    );
    expect(cpu?.expr).toContain(
      '{container="trading-service",pod=~"trading-service-eu-west-1-.+",namespace="fx"}',
    );
  });

  it('are not there without a service', () => {
    expect(alertGroups(planCapacity([], { peakConnections: 40 }))).toEqual([]);
  });
});

describe('the rules of prometheus-adapter', () => {
  it('serve the metrics that the autoscaler asks for, and no others', () => {
    expect(adapterConfig(declared)).toBeUndefined();
    expect(adapterConfig(withMetrics(declared))).toEqual({
      rules: [
        {
          seriesQuery: 'http_requests_total{namespace!="",pod!=""}',
          resources: { overrides: { namespace: { resource: 'namespace' }, pod: { resource: 'pod' } } },
          name: { matches: '^http_requests_total$', as: 'http_requests_per_second' },
          metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[1m])) by (<<.GroupBy>>)',
        },
      ],
      externalRules: [
        {
          // Every worker shows the same depth: a sum would count it once for each.
          seriesQuery: 'trades_queue_depth{namespace!=""}',
          resources: { overrides: { namespace: { resource: 'namespace' } } },
          name: { matches: '^trades_queue_depth$', as: 'trades_queue_depth' },
          metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>})',
        },
      ],
    });
  });
});
