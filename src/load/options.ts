import { type ArrivalProcess, readExt, withArrivals } from './options/ext.ts';
import { Fields, type Given, isRecord, refuse } from './options/fields.ts';
import { mergeLayers, type OptionLayers, shownOptions } from './options/layers.ts';
import { type NetworkOptions, readNetwork, shownDns } from './options/network.ts';
import {
  type ExecutorName,
  type ReadScenario,
  readFields,
  readScenario,
  type Scenario,
} from './options/scenarios.ts';
import { readSegments, type SegmentOptions } from './options/segment.ts';
import { formatThreshold, readThresholds, type ThresholdSpec } from './options/thresholds.ts';

export { type OptionLayers, optionsFromEnv } from './options/layers.ts';
export type { DnsOptions, TlsAuth, TlsVersions } from './options/network.ts';
export type { Scenario } from './options/scenarios.ts';
export type { ThresholdSpec } from './options/thresholds.ts';

/** Everything a test was told, complete and valid. Times are seconds. */
export type Options = NetworkOptions &
  SegmentOptions & {
    /** In the order in which they start, then by name. */
    readonly scenarios: readonly Scenario[];
    /** By metric as written, with its selector; a metric without conditions is still shown in the summary. */
    readonly thresholds: ReadonlyMap<string, readonly ThresholdSpec[]>;
    readonly noSetup: boolean;
    readonly setupTimeout: number;
    readonly noTeardown: boolean;
    readonly teardownTimeout: number;
    readonly handleSummaryTimeout: number;
    /** Requests per second of the whole test, 0 for no limit. */
    readonly rps: number;
    readonly maxRedirects: number;
    /** Requests that one http.batch() has under way, in all and to one host; 0 for no limit. */
    readonly batch: number;
    readonly batchPerHost: number;
    readonly httpDebug: HttpDebug;
    readonly userAgent: string;
    readonly insecureSkipTLSVerify: boolean;
    readonly throw: boolean;
    readonly noConnectionReuse: boolean;
    readonly noVUConnectionReuse: boolean;
    readonly minIterationDuration: number;
    readonly discardResponseBodies: boolean;
    readonly noCookiesReset: boolean;
    readonly summaryMode: SummaryMode;
    /** A file for what the script logs; empty for the log itself. */
    readonly consoleOutput: string;
    readonly systemTags: ReadonlySet<string>;
    readonly tags: Readonly<Record<string, string>>;
    readonly summaryTrendStats: readonly string[];
    readonly summaryTimeUnit: SummaryTimeUnit;
  };

/** '' picks a unit for each number. */
export type SummaryTimeUnit = '' | 's' | 'ms' | 'us';

/** How much the end-of-test summary says. `full` costs memory and time for each group and scenario. */
export type SummaryMode = 'compact' | 'full' | 'disabled';

/** What of requests and responses is printed: nothing, all but their bodies, all. */
export type HttpDebug = '' | 'headers' | 'full';

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
 * (`exec.test.options`: shortcuts expanded, null for what nobody set), and warnings about what has no effect; those
 * that name an option k6 does not have are errors in a strict run, so `unknown` has the names. Throws SCRIPT_OPTIONS, or
 * USAGE for a flag's value, with the name of the field, what is wrong and what would be right.
 */
export function resolveOptions(layers: OptionLayers): {
  options: Options;
  warnings: string[];
  unknown: string[];
  consolidated: object;
} {
  const { given, warnings, unknown } = mergeLayers(layers);
  const scenarios = readScenarios(given, warnings);
  const fields = new Fields(given, (field) => `options.${field}`);
  const options: Options = {
    scenarios: withArrivals(
      scenarios.map(({ scenario }) => scenario),
      fields.custom<ReadonlyMap<string, ArrivalProcess>>(
        'ext',
        new Map(),
        readExt,
        () => given.get('ext')?.value,
      ),
    ).toSorted(inOrderOfStart),
    noSetup: fields.truth('noSetup'),
    setupTimeout: fields.seconds('setupTimeout', 1e-9, 60),
    noTeardown: fields.truth('noTeardown'),
    teardownTimeout: fields.seconds('teardownTimeout', 1e-9, 60),
    handleSummaryTimeout: fields.seconds('handleSummaryTimeout', 1e-9, 120),
    ...readSegments(fields),
    rps: Math.max(0, fields.integer('rps', { min: Number.MIN_SAFE_INTEGER }, 0)),
    ...readNetwork(fields),
    maxRedirects: fields.integer('maxRedirects', { min: 0 }, 10),
    batch: fields.integer('batch', { min: 1 }, 20),
    batchPerHost: fields.integer('batchPerHost', { min: 0 }, 6),
    httpDebug: fields.choice('httpDebug', ['', 'headers', 'full'], ''),
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
    noCookiesReset: fields.truth('noCookiesReset'),
    summaryMode: fields.choice('summaryMode', ['compact', 'full', 'disabled'], 'compact'),
    consoleOutput: fields.text('consoleOutput', ''),
  };
  // How k6 buffers samples; nothing here does, but k6 shows it to scripts.
  fields.integer('metricSamplesBufferSize', { min: 0 }, 1000);
  const shown: Record<string, unknown> = {
    ...fields.consolidated,
    scenarios: Object.fromEntries(
      scenarios.map(({ scenario, consolidated }) => [scenario.name, consolidated]),
    ),
    dns: shownDns(given.get('dns')),
    summaryTrendStats: options.summaryTrendStats,
    systemTags: [...options.systemTags].toSorted(),
    tags: Object.keys(options.tags).length === 0 ? null : options.tags,
  };
  const consolidated = Object.fromEntries(shownOptions.map((option) => [option, shown[option] ?? null]));
  return { options, warnings, unknown, consolidated };
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
