import type { Plan, Slo } from '../../planners/types.ts';
import { formatPercent, formatSeconds, round } from '../../units.ts';
import { buckets, DURATION, everyClass, matchersOf } from '../platform-metrics.ts';
import { figure, ofService, type Rule, type RuleGroup, type Target } from './rule.ts';

/** Days in which the requests that may be slow may be. */
const BUDGET_DAYS = 30;

/**
 * How many times faster than the budget of 30 days allows, over a long window and, so that the alert ends when the
 * trouble does, a short one: 2 % of the budget in an hour, 5 % in six, 10 % in three days (Beyer et al., The Site
 * Reliability Workbook, chapter 5, table 5-8).
 */
const burns = [
  { factor: 14.4, long: '1h', short: '5m', severity: 'critical' },
  { factor: 6, long: '6h', short: '30m', severity: 'critical' },
  { factor: 1, long: '3d', short: '6h', severity: 'warning' },
] as const;

type Objective = { name: string; matchers: string; quantile: number; seconds: number; bucket: string };

/** A group for each latency objective: how many requests are slow, and alerts on how fast that spends the budget. */
export function burnRateGroups(plan: Plan, target: Target): RuleGroup[] {
  return objectives(plan).map((objective) => ({
    name: `${target.service}-slo-${objective.name}`,
    rules: [...ratios(objective, target), ...burnAlerts(objective, target)],
  }));
}

/**
 * An objective for every class is one for each class that the page tells apart, since many fast quotes would hide slow
 * trades; where it tells none of the plan's classes, one for all requests. Those of a class that it does not tell, or
 * beyond its last bucket, are left out.
 */
function objectives({ inputs, load }: Plan): Objective[] {
  return inputs.slos.flatMap((slo) => {
    const bucket = buckets.find((end) => end >= slo.seconds);
    if (bucket === undefined) return [];
    return classesOf(slo, Object.keys(load?.mix ?? {})).map(({ prefix, matchers }) => ({
      name: `${prefix}p${figure(slo.quantile * 100).replace('.', '-')}-${figure(slo.seconds * 1000).replace('.', '-')}ms`,
      matchers,
      quantile: slo.quantile,
      seconds: slo.seconds,
      bucket: matcherOf(bucket),
    }));
  });
}

function classesOf(slo: Slo, planned: string[]): { prefix: string; matchers: string }[] {
  const told = (slo.class === undefined ? planned : [slo.class]).flatMap((name) => {
    const matchers = matchersOf(name);
    return matchers === undefined ? [] : [{ prefix: `${name}-`, matchers }];
  });
  return told.length > 0 || slo.class !== undefined ? told : [{ prefix: '', matchers: everyClass }];
}

/** Prometheus 3 writes a whole number as 1.0, and older ones as the page does. */
function matcherOf(bucket: number): string {
  return Number.isInteger(bucket) ? `le=~"${bucket}(\\\\.0)?"` : `le="${bucket}"`;
}

function ratios({ name, matchers, bucket }: Objective, target: Target): Rule[] {
  const windows = [...new Set(burns.flatMap(({ long, short }) => [short, long]))];
  const series = `${ofService(target)},${matchers}`;
  return windows.map((window) => ({
    record: recordOf(window),
    expr:
      `1 - sum(rate(${DURATION}_bucket{${series},${bucket}}[${window}]))` +
      ` / sum(rate(${DURATION}_count{${series}}[${window}]))`,
    labels: { service: target.service, slo: name },
  }));
}

function recordOf(window: string): string {
  return `slo:http_requests_slow:ratio_rate${window}`;
}

/** More than all requests cannot be slow: a burn that would need that is no alert. */
function burnAlerts({ name, quantile, seconds }: Objective, { service }: Target): Rule[] {
  const selector = `{service="${service}",slo="${name}"}`;
  return burns.flatMap(({ factor, long, short, severity }): Rule[] => {
    const share = factor * (1 - quantile);
    if (share >= 1) return [];
    const above = (window: string) => `${recordOf(window)}${selector} > ${figure(share)}`;
    return [
      {
        alert: 'SloBudgetBurns',
        expr: `${above(long)} and ${above(short)}`,
        labels: { severity, service, slo: name, window: long },
        annotations: {
          summary: `${service} spends the error budget of ${name} too fast`,
          description:
            `{{ $value | humanizePercentage }} of the requests took longer than ${formatSeconds(seconds)} in the last ${long}, ` +
            `and the objective allows ${formatPercent(1 - quantile)}: at this pace the budget of ${BUDGET_DAYS} days ` +
            `is spent in ${round(BUDGET_DAYS / factor)}.`,
        },
      },
    ];
  });
}
