import { createHash } from 'node:crypto';
import type { Check, Group } from './groups.ts';
import { maskSecrets } from './masking.ts';
import type { Options } from './options.ts';
import type { summaryData } from './summary-data.ts';

type Summary = ReturnType<typeof summaryData>;
type Metric = Summary['metrics'][number];

/** A finished run, for the objects that are made of its summary. */
export type Finished = {
  readonly summary: Summary;
  readonly root: Group;
  /** What setup() gave, as JSON. */
  readonly setupData: string | undefined;
};

export type Terminal = {
  readonly noColor: boolean;
  readonly isStdOutTTY: boolean;
  readonly isStdErrTTY: boolean;
};

/** What k6 hands to the script's `handleSummary`. */
export function handleSummaryData(
  { summary, root, setupData }: Finished,
  { summaryTrendStats, summaryTimeUnit }: Pick<Options, 'summaryTrendStats' | 'summaryTimeUnit'>,
  { noColor, isStdOutTTY, isStdErrTTY }: Terminal,
): object {
  return {
    root_group: groupObject(root, listed),
    options: { summaryTrendStats, summaryTimeUnit, noColor },
    state: { isStdOutTTY, isStdErrTTY, testRunDurationMs: summary.seconds * 1000 },
    metrics: Object.fromEntries(
      summary.metrics.map((metric) => [
        keyOf(metric),
        {
          type: metric.type,
          contains: metric.contains,
          values: metric.values,
          ...thresholdsOf(metric, (ok) => ({ ok })),
        },
      ]),
    ),
    ...setupObject(setupData),
  };
}

/**
 * The text of `--summary-export`. In it groups and checks are maps by name, and, as k6 has it, a threshold is true
 * when it was crossed.
 */
export function summaryExport({ summary, root, setupData }: Finished): string {
  const metrics = summary.metrics.map((metric) => [
    keyOf(metric),
    { ...flat(metric), ...thresholdsOf(metric, (ok) => !ok) },
  ]);
  const object = {
    root_group: groupObject(root, named),
    metrics: Object.fromEntries(metrics),
    ...setupObject(setupData),
  };
  return JSON.stringify(object, null, 4);
}

/** Where a summary comes from, for `machineReadableSummary`. */
export type Origin = {
  readonly script: string;
  /** RFC 3339. */
  readonly generatedAt: string;
  /** The version of k6 whose format this is. */
  readonly k6Version: string;
  readonly mode: 'compact' | 'full' | 'disabled';
};

/** Where the time of a request went, which k6 tells in the full summary only. */
const details = new Set(
  ['blocked', 'connecting', 'receiving', 'sending', 'tls_handshaking', 'waiting'].map(
    (part) => `http_req_${part}`,
  ),
);

/** `--new-machine-readable-summary`: for exports and for `handleSummary`. */
export function machineReadableSummary(
  { summary }: Finished,
  { script, generatedAt, k6Version, mode }: Origin,
): object {
  const { seconds, checks } = summary;
  const [passes, fails] = [sum(checks.map((one) => one.passes)), sum(checks.map((one) => one.fails))];
  const rate = (name: string, matches: number) => ({
    contains: 'default',
    name,
    type: 'rate',
    values: { matches, rate: matches / (passes + fails), total: passes + fails },
  });
  const total = {
    contains: 'default',
    name: 'checks_total',
    type: 'counter',
    values: { count: passes + fails },
  };
  return {
    config: { duration: seconds, execution: 'local', script },
    metadata: { generated_at: generatedAt, k6_version: k6Version },
    results: {
      ...(checks.length > 0 && {
        checks: {
          metrics: [total, rate('checks_failed', fails), rate('checks_succeeded', passes)],
          results: checks.map((one) => ({ fails: one.fails, name: one.name, passes: one.passes })),
        },
      }),
      metrics: summary.metrics
        .filter(({ name }) => name !== 'checks' && name !== 'group_duration')
        .filter(({ name }) => mode === 'full' || !details.has(name))
        .map((metric) => ({
          contains: metric.contains,
          name: keyOf(metric),
          type: metric.type,
          values: readableValues(metric),
        })),
    },
    version: '1.0.0',
  };
}

function readableValues({ type, values }: Metric): object {
  switch (type) {
    case 'counter':
      return { count: values.count };
    case 'gauge':
      return { max: values.max, min: values.min, value: values.value };
    case 'rate': {
      const { passes = 0, fails = 0, rate } = values;
      return { matches: passes, rate, total: passes + fails };
    }
    case 'trend': {
      const { avg = null, max = null, med = null, min = null } = values;
      return { avg, max, med, min, p90: values['p(90)'] ?? null, p95: values['p(95)'] ?? null };
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function keyOf({ name, selector }: Metric): string {
  return selector === undefined ? name : `${name}{${selector}}`;
}

function thresholdsOf<T>({ thresholds }: Metric, verdict: (ok: boolean) => T): object {
  if (thresholds.length === 0) return {};
  return {
    thresholds: Object.fromEntries(thresholds.map(({ expression, ok }) => [expression, verdict(ok)])),
  };
}

function flat({ type, values }: Metric): object {
  if (type !== 'rate') return values;
  const { passes, fails, rate } = values;
  return { passes, fails, value: rate };
}

function setupObject(setupData: string | undefined): object {
  return setupData === undefined ? {} : { setup_data: JSON.parse(setupData) as unknown };
}

type Named = { readonly name: string };
const listed = <T extends Named>(items: T[]): unknown => items;
const named = <T extends Named>(items: T[]): unknown =>
  Object.fromEntries(items.map((item) => [item.name, item]));

function groupObject(group: Group, collect: <T extends Named>(items: T[]) => unknown): Named {
  const { name, path } = group;
  return {
    name: maskSecrets(name),
    ...{
      path: maskSecrets(path),
      id: idOf(path),
      groups: collect(shownIn(group).map((inner) => groupObject(inner, collect))),
      checks: collect([...group.checks.values()].map(checkObject)),
    },
  };
}

/** setup and teardown have groups of their own, which nobody made and which mostly are empty. */
function shownIn({ path, groups }: Group): Group[] {
  return [...groups.values()].filter(
    ({ name, checks, groups: inner }) =>
      path !== '' || !['setup', 'teardown'].includes(name) || checks.size + inner.size > 0,
  );
}

function checkObject({ name, path, passes, fails }: Check) {
  return { name: maskSecrets(name), path: maskSecrets(path), id: idOf(path), passes, fails };
}

/** k6's id of a group or check. */
function idOf(path: string): string {
  return createHash('md5').update(path).digest('hex');
}
