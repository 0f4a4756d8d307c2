import { FxscaleError } from '../errors.ts';
import { type Given, isRecord, type Layer } from './options-fields.ts';

/**
 * Where options come from, lowest first: the JSON config file, the script's `options`, `K6_*` variables (read by
 * `optionsFromEnv`), flags (under k6's option names, as raw text or values; what was not given left out).
 */
export type OptionLayers = {
  readonly config?: unknown;
  readonly script?: unknown;
  readonly env?: Readonly<Record<string, unknown>> | undefined;
  readonly flags?: Readonly<Record<string, unknown>> | undefined;
};

/**
 * k6's options in k6's order, what becomes of each, and the variable that sets it, if k6 has one. `no` is refused, so
 * that no option is silently without effect; `elsewhere` belongs to Grafana Cloud or to k6's own telemetry and has
 * no effect in a local run of k6 either.
 */
const table: Readonly<Record<string, readonly [support: 'yes' | 'no' | 'elsewhere', variable: string]>> = {
  paused: ['no', 'K6_PAUSED'],
  vus: ['yes', 'K6_VUS'],
  duration: ['yes', 'K6_DURATION'],
  iterations: ['yes', 'K6_ITERATIONS'],
  stages: ['yes', 'K6_STAGES'],
  scenarios: ['yes', ''],
  executionSegment: ['no', ''],
  executionSegmentSequence: ['no', ''],
  noSetup: ['yes', 'K6_NO_SETUP'],
  setupTimeout: ['yes', 'K6_SETUP_TIMEOUT'],
  noTeardown: ['yes', 'K6_NO_TEARDOWN'],
  teardownTimeout: ['yes', 'K6_TEARDOWN_TIMEOUT'],
  rps: ['no', 'K6_RPS'],
  dns: ['no', 'K6_DNS'],
  maxRedirects: ['yes', 'K6_MAX_REDIRECTS'],
  userAgent: ['yes', 'K6_USER_AGENT'],
  batch: ['no', 'K6_BATCH'],
  batchPerHost: ['no', 'K6_BATCH_PER_HOST'],
  httpDebug: ['no', 'K6_HTTP_DEBUG'],
  insecureSkipTLSVerify: ['yes', 'K6_INSECURE_SKIP_TLS_VERIFY'],
  tlsCipherSuites: ['no', 'K6_TLS_CIPHER_SUITES'],
  tlsVersion: ['no', ''],
  tlsAuth: ['no', 'K6_TLSAUTH'],
  throw: ['yes', 'K6_THROW'],
  thresholds: ['yes', ''],
  blacklistIPs: ['no', 'K6_BLACKLIST_IPS'],
  blockHostnames: ['no', 'K6_BLOCK_HOSTNAMES'],
  hosts: ['no', ''],
  noConnectionReuse: ['yes', 'K6_NO_CONNECTION_REUSE'],
  noVUConnectionReuse: ['yes', 'K6_NO_VU_CONNECTION_REUSE'],
  minIterationDuration: ['yes', 'K6_MIN_ITERATION_DURATION'],
  ext: ['elsewhere', ''],
  summaryTrendStats: ['yes', 'K6_SUMMARY_TREND_STATS'],
  summaryTimeUnit: ['yes', 'K6_SUMMARY_TIME_UNIT'],
  systemTags: ['yes', 'K6_SYSTEM_TAGS'],
  tags: ['yes', 'K6_TAGS'],
  metricSamplesBufferSize: ['no', 'K6_METRIC_SAMPLES_BUFFER_SIZE'],
  noCookiesReset: ['no', 'K6_NO_COOKIES_RESET'],
  discardResponseBodies: ['yes', 'K6_DISCARD_RESPONSE_BODIES'],
  consoleOutput: ['no', 'K6_CONSOLE_OUTPUT'],
  localIPs: ['no', 'K6_LOCAL_IPS'],
  handleSummaryTimeout: ['no', ''],
  features: ['no', ''],
  cloud: ['elsewhere', ''],
  collectors: ['elsewhere', ''],
  noUsageReport: ['elsewhere', ''],
};

const shortcuts = ['vus', 'duration', 'iterations', 'stages'];

/** The names that k6 shows a script in `exec.test.options`, in its order: shortcuts have become scenarios by then. */
export const shownOptions = Object.keys(table)
  .slice(0, Object.keys(table).indexOf('localIPs') + 1)
  .filter((option) => !shortcuts.includes(option));

/** The options that `K6_*` variables set, as text; an empty variable counts as not set. */
export function optionsFromEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const options: Record<string, string> = {};
  for (const [option, [, variable]] of Object.entries(table)) {
    const text = variable === '' ? undefined : env[variable];
    if (text !== undefined && text !== '') options[option] = text;
  }
  return options;
}

/** Option names as the user of each layer knows them. */
const layerNames: readonly [layer: Layer, nameOf: (option: string) => string][] = [
  ['config', (option) => `config: ${option}`],
  ['script', (option) => `options.${option}`],
  ['env', (option) => table[option]?.[1] || option],
  ['flags', flagName],
];

function flagName(option: string): string {
  if (option === 'stages') return '--stage';
  if (option === 'tags') return '--tag';
  const variable = table[option]?.[1];
  if (!variable) return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return `--${variable.slice('K6_'.length).toLowerCase().replaceAll('_', '-')}`;
}

/** These say how much load there is; a layer that sets one of them takes no other from the layers below. */
const family = ['duration', 'iterations', 'stages', 'scenarios'] as const;

/**
 * One value per option: the highest layer's. Throws SCRIPT_OPTIONS for an option that is not supported yet and for
 * two that exclude each other in one layer.
 */
export function mergeLayers(layers: OptionLayers): { given: Map<string, Given>; warnings: string[] } {
  const given = new Map<string, Given>();
  const warnings: string[] = [];
  for (const [layer, nameOf] of layerNames) {
    const own = readLayer(layer, layers[layer], nameOf, warnings);
    refuseConflicts(own);
    clearFamily(given, own, warnings);
    for (const [option, value] of own) given.set(option, value);
  }
  return { given, warnings };
}

function readLayer(
  layer: Layer,
  values: unknown,
  nameOf: (option: string) => string,
  warnings: string[],
): Map<string, Given> {
  const own = new Map<string, Given>();
  if (values === undefined || values === null) return own;
  if (!isRecord(values)) {
    const name = layer === 'script' ? 'the exported options' : 'the config';
    throw new FxscaleError(
      'SCRIPT_OPTIONS',
      `${name} must be an object, for example { vus: 10, duration: "30s" }`,
    );
  }
  for (const [option, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    const name = nameOf(option);
    const support = Object.hasOwn(table, option) ? table[option]?.[0] : undefined;
    if (support === 'yes') own.set(option, { value, name, layer });
    else if (support === undefined) warnings.push(`${name} is no option of k6 and has no effect`);
    else if (support === 'no' && !isOff(option, value)) {
      throw new FxscaleError('SCRIPT_OPTIONS', `${name} is not supported yet`);
    }
  }
  return own;
}

/** Whether a value switches its option off or leaves it empty, which is what happens here anyway. */
function isOff(option: string, value: unknown): boolean {
  if (option === 'rps' && Number(value) === 0) return true;
  if (value === false || value === 'false' || value === '') return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function refuseConflicts(own: ReadonlyMap<string, Given>): void {
  const [first, second] = family.filter((option) => own.has(option));
  const together =
    first === 'duration' && second === 'iterations' && family.filter((o) => own.has(o)).length === 2;
  if (first === undefined || second === undefined || together) return;
  const names = [own.get(first)?.name, own.get(second)?.name];
  throw new FxscaleError('SCRIPT_OPTIONS', `${names.join(' and ')} exclude each other: keep one of them`);
}

function clearFamily(lower: Map<string, Given>, own: ReadonlyMap<string, Given>, warnings: string[]): void {
  const set =
    family.find((option) => own.has(option)) ??
    (lower.has('scenarios') && own.has('vus') ? 'vus' : undefined);
  if (set === undefined) return;
  const scenarios = lower.get('scenarios');
  if (scenarios) warnings.push(`${own.get(set)?.name} replaces ${scenarios.name} as a whole`);
  for (const option of family) lower.delete(option);
}
