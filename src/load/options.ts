import { Fields, type Given, isRecord, refuse } from './options-fields.ts';
import { mergeLayers, type OptionLayers, shownOptions } from './options-layers.ts';
import {
  type ExecutorName,
  type ReadScenario,
  readFields,
  readScenario,
  type Scenario,
} from './options-scenarios.ts';
import { formatThreshold, readThresholds, type ThresholdSpec } from './options-thresholds.ts';

export { type OptionLayers, optionsFromEnv } from './options-layers.ts';
export type { Scenario } from './options-scenarios.ts';
export type { ThresholdSpec } from './options-thresholds.ts';

/** Everything a test was told, complete and valid. Times are seconds. */
export type Options = {
  /** In the order in which they start, then by name. */
  readonly scenarios: readonly Scenario[];
  /** By metric as written, with its selector; a metric without conditions is still shown in the summary. */
  readonly thresholds: ReadonlyMap<string, readonly ThresholdSpec[]>;
  readonly noSetup: boolean;
  readonly setupTimeout: number;
  readonly noTeardown: boolean;
  readonly teardownTimeout: number;
  readonly maxRedirects: number;
  readonly userAgent: string;
  readonly insecureSkipTLSVerify: boolean;
  readonly throw: boolean;
  readonly noConnectionReuse: boolean;
  readonly noVUConnectionReuse: boolean;
  readonly minIterationDuration: number;
  readonly discardResponseBodies: boolean;
  readonly systemTags: ReadonlySet<string>;
  readonly tags: Readonly<Record<string, string>>;
  readonly summaryTrendStats: readonly string[];
  readonly summaryTimeUnit: SummaryTimeUnit;
};

/** '' picks a unit for each number. */
export type SummaryTimeUnit = '' | 's' | 'ms' | 'us';

const DEFAULT_USER_AGENT = 'fxscale';

/** Recorded by default, in the order in which k6 prints them. */
const defaultSystemTags = [
  'check',
  'error',
  'error_code',
  'expected_response',
  'group',
  'method',
  'name',
  'proto',
  'scenario',
  'service',
  'status',
  'subproto',
  'tls_version',
  'url',
];
const systemTags = new Set([...defaultSystemTags, 'iter', 'vu', 'ocsp_status', 'ip']);

const defaultTrendStats = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'];

/**
 * The options that result from all layers: `options` for the engine, `consolidated` as k6 shows them to a script
 * (`exec.test.options`: shortcuts expanded, null for what nobody set), and warnings about what has no effect. Throws
 * SCRIPT_OPTIONS, or USAGE for a flag's value, with the name of the field, what is wrong and what would be right.
 */
export function resolveOptions(layers: OptionLayers): {
  options: Options;
  warnings: string[];
  consolidated: object;
} {
  const { given, warnings } = mergeLayers(layers);
  const scenarios = readScenarios(given, warnings);
  const fields = new Fields(given, (field) => `options.${field}`);
  const options: Options = {
    scenarios: scenarios.map(({ scenario }) => scenario).toSorted(inOrderOfStart),
    noSetup: fields.truth('noSetup'),
    setupTimeout: fields.seconds('setupTimeout', 1e-9, 60),
    noTeardown: fields.truth('noTeardown'),
    teardownTimeout: fields.seconds('teardownTimeout', 1e-9, 60),
    maxRedirects: fields.integer('maxRedirects', { min: 0 }, 10),
    userAgent: fields.text('userAgent', DEFAULT_USER_AGENT),
    insecureSkipTLSVerify: fields.truth('insecureSkipTLSVerify'),
    throw: fields.truth('throw'),
    thresholds: fields.custom('thresholds', new Map(), readThresholds, formatThresholds),
    noConnectionReuse: fields.truth('noConnectionReuse'),
    noVUConnectionReuse: fields.truth('noVUConnectionReuse'),
    minIterationDuration: fields.seconds('minIterationDuration', 0, 0),
    summaryTrendStats: fields.texts('summaryTrendStats', defaultTrendStats, isTrendStat, trendStatsRight),
    summaryTimeUnit: fields.choice('summaryTimeUnit', ['', 's', 'ms', 'us'], ''),
    systemTags: readSystemTags(fields, warnings),
    tags: fields.map('tags'),
    discardResponseBodies: fields.truth('discardResponseBodies'),
  };
  const shown: Record<string, unknown> = {
    ...fields.consolidated,
    scenarios: Object.fromEntries(
      scenarios.map(({ scenario, consolidated }) => [scenario.name, consolidated]),
    ),
    dns: { ttl: null, select: null, policy: null },
    summaryTrendStats: options.summaryTrendStats,
    systemTags: [...options.systemTags].toSorted(),
    tags: Object.keys(options.tags).length === 0 ? null : options.tags,
  };
  const consolidated = Object.fromEntries(shownOptions.map((option) => [option, shown[option] ?? null]));
  return { options, warnings, consolidated };
}

function inOrderOfStart(a: Scenario, b: Scenario): number {
  return a.startTime - b.startTime || (a.name < b.name ? -1 : 1);
}

/** The scenarios given, or the one that k6's shortcuts stand for. */
function readScenarios(given: ReadonlyMap<string, Given>, warnings: string[]): ReadScenario[] {
  const scenarios = given.get('scenarios');
  if (scenarios === undefined) return [shortcut(given, warnings)];
  if (!isRecord(scenarios.value))
    throw refuse(scenarios, 'it must be an object with one entry for each scenario');
  const named = Object.entries(scenarios.value);
  if (named.length === 0) {
    warnings.push(`${scenarios.name} is empty: one VU runs one iteration`);
    return [shortcut(new Map(), warnings)];
  }
  if (given.has('vus')) warnings.push(`${given.get('vus')?.name} has no effect beside ${scenarios.name}`);
  return named.map(([name, value]) => {
    const read = readScenario(name, { ...scenarios, value });
    if ('maxVUs' in read.scenario && read.scenario.maxVUs === 0) {
      warnings.push(`scenario "${name}" runs nothing: its maxVUs is 0`);
    }
    return read;
  });
}

/** The scenario that `vus`, `duration`, `iterations` and `stages` are short for. */
function shortcut(given: ReadonlyMap<string, Given>, warnings: string[]): ReadScenario {
  const [vus, duration, iterations, stages] = ['vus', 'duration', 'iterations', 'stages'].map((name) =>
    given.get(name),
  );
  const scenario = (executor: ExecutorName, fields: Record<string, Given | undefined>) => {
    const own: Given = { value: executor, name: 'executor', layer: 'script' };
    const set = Object.entries(fields).filter((field): field is [string, Given] => field[1] !== undefined);
    return readFields('default', new Map([['executor', own], ...set]));
  };
  if (iterations) return scenario('shared-iterations', { vus, iterations, maxDuration: duration });
  if (duration) return scenario('constant-vus', { vus, duration });
  if (stages && !(Array.isArray(stages.value) && stages.value.length === 0)) {
    return scenario('ramping-vus', { startVUs: vus, stages });
  }
  if (stages) warnings.push(`${stages.name} is empty: one VU runs one iteration`);
  else if (vus) return scenario('shared-iterations', { vus, iterations: vus });
  return scenario('per-vu-iterations', {});
}

const trendStatsRight =
  'each must be one of avg, min, med, max, count or p(N) with N from 0 to 100, for example p(99.9)';

function isTrendStat(stat: string): boolean {
  const percentile = /^p\((\d+(?:\.\d+)?)\)$/.exec(stat)?.[1];
  return percentile === undefined
    ? ['avg', 'min', 'med', 'max', 'count'].includes(stat)
    : Number(percentile) <= 100;
}

function readSystemTags(fields: Fields, warnings: string[]): ReadonlySet<string> {
  const names = fields.texts(
    'systemTags',
    defaultSystemTags,
    () => true,
    'it must be a list of names of tags',
  );
  const unknown = names.filter((name) => !systemTags.has(name));
  for (const name of unknown) warnings.push(`options.systemTags: "${name}" is not a system tag of k6`);
  return new Set(names.filter((name) => systemTags.has(name)));
}

function formatThresholds(thresholds: ReadonlyMap<string, readonly ThresholdSpec[]>): object {
  return Object.fromEntries([...thresholds].map(([metric, specs]) => [metric, specs.map(formatThreshold)]));
}
