import { FxscaleError } from '../../errors.ts';
import { type Given, isRecord, type Layer } from './fields.ts';

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
 * that no option is silently without effect; `elsewhere` belongs to Grafana Cloud, to k6's own telemetry or to how k6
 * buffers samples, and changes no result; `flag` has no place in a script or config file as in k6.
 */
const table: Readonly<Record<string, readonly [support: Support, variable: string]>> = {
  paused: ['no', 'K6_PAUSED'],
  vus: ['yes', 'K6_VUS'],
  duration: ['yes', 'K6_DURATION'],
  iterations: ['yes', 'K6_ITERATIONS'],
  stages: ['yes', 'K6_STAGES'],
  scenarios: ['yes', ''],
  executionSegment: ['yes', ''],
  executionSegmentSequence: ['yes', ''],
  noSetup: ['yes', 'K6_NO_SETUP'],
  setupTimeout: ['yes', 'K6_SETUP_TIMEOUT'],
  noTeardown: ['yes', 'K6_NO_TEARDOWN'],
  teardownTimeout: ['yes', 'K6_TEARDOWN_TIMEOUT'],
  rps: ['yes', 'K6_RPS'],
  dns: ['yes', 'K6_DNS'],
  maxRedirects: ['yes', 'K6_MAX_REDIRECTS'],
  userAgent: ['yes', 'K6_USER_AGENT'],
  batch: ['yes', 'K6_BATCH'],
  batchPerHost: ['yes', 'K6_BATCH_PER_HOST'],
  httpDebug: ['yes', 'K6_HTTP_DEBUG'],
  insecureSkipTLSVerify: ['yes', 'K6_INSECURE_SKIP_TLS_VERIFY'],
  tlsCipherSuites: ['yes', 'K6_TLS_CIPHER_SUITES'],
  tlsVersion: ['yes', ''],
  tlsAuth: ['yes', 'K6_TLSAUTH'],
  throw: ['yes', 'K6_THROW'],
  thresholds: ['yes', ''],
  blacklistIPs: ['yes', 'K6_BLACKLIST_IPS'],
  blockHostnames: ['yes', 'K6_BLOCK_HOSTNAMES'],
  hosts: ['yes', ''],
  noConnectionReuse: ['yes', 'K6_NO_CONNECTION_REUSE'],
  noVUConnectionReuse: ['yes', 'K6_NO_VU_CONNECTION_REUSE'],
  minIterationDuration: ['yes', 'K6_MIN_ITERATION_DURATION'],
  ext: ['yes', ''],
  summaryTrendStats: ['yes', 'K6_SUMMARY_TREND_STATS'],
  summaryTimeUnit: ['yes', 'K6_SUMMARY_TIME_UNIT'],
  systemTags: ['yes', 'K6_SYSTEM_TAGS'],
  tags: ['yes', 'K6_TAGS'],
  metricSamplesBufferSize: ['elsewhere', 'K6_METRIC_SAMPLES_BUFFER_SIZE'],
  noCookiesReset: ['yes', 'K6_NO_COOKIES_RESET'],
  discardResponseBodies: ['yes', 'K6_DISCARD_RESPONSE_BODIES'],
  consoleOutput: ['flag', 'K6_CONSOLE_OUTPUT'],
  localIPs: ['flag', 'K6_LOCAL_IPS'],
  handleSummaryTimeout: ['yes', ''],
  summaryMode: ['flag', 'K6_SUMMARY_MODE'],
  out: ['elsewhere', ''],
  features: ['elsewhere', ''],
  cloud: ['elsewhere', ''],
  collectors: ['elsewhere', ''],
  noUsageReport: ['elsewhere', ''],
};

type Support = 'yes' | 'no' | 'elsewhere' | 'flag';

/** Why an option is refused; it is accepted where it asks for nothing. */
const refused: Readonly<Record<string, string>> = {
  paused: 'fxscale has no REST API that could resume a paused run; leave it out',
};

/** Every option that k6 knows, by the name that scripts use. */
export const optionNames: ReadonlySet<string> = new Set(Object.keys(table));

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
  if (option === 'blacklistIPs') return '--blacklist-ip';
  const variable = table[option]?.[1];
  if (!variable) return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return `--${variable.slice('K6_'.length).toLowerCase().replaceAll('_', '-')}`;
}

/** These say how much load there is; a layer that sets one of them takes no other from the layers below. */
const family = ['duration', 'iterations', 'stages', 'scenarios'] as const;

/** What the layers say together. */
export type Merged = {
  /** One value per option: the highest layer's. */
  readonly given: Map<string, Given>;
  readonly warnings: string[];
  /** Options that k6 has not, as their layers name them; each is in a warning too. */
  readonly unknown: string[];
};

/** Throws SCRIPT_OPTIONS for an option that is not supported and for two that exclude each other in one layer. */
export function mergeLayers(layers: OptionLayers): Merged {
  const merged: Merged = { given: new Map(), warnings: [], unknown: [] };
  for (const [layer, nameOf] of layerNames) {
    const own = readLayer(layer, layers[layer], nameOf, merged);
    refuseConflicts(own);
    clearFamily(merged.given, own, merged.warnings);
    for (const [option, value] of own) merged.given.set(option, value);
  }
  return merged;
}

/** Option names without regard to case, which Go does not heed in JSON either. */
const spelt = new Map(Object.keys(table).map((option) => [option.toLowerCase(), option]));

function readLayer(
  layer: Layer,
  values: unknown,
  nameOf: (option: string) => string,
  { warnings, unknown }: Merged,
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
  for (const [written, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    const name = nameOf(written);
    const option = spelt.get(written.toLowerCase()) ?? '';
    const support = table[option]?.[0];
    const misplaced = support === 'flag' && (layer === 'script' || layer === 'config');
    if (support === undefined || misplaced) {
      unknown.push(name);
      const hint = misplaced ? `; give it as ${flagName(option)}` : '';
      warnings.push(`${name} is no option of k6 and has no effect${hint}`);
    } else if (support === 'no' && value !== false && value !== 'false' && value !== '') {
      throw new FxscaleError('SCRIPT_OPTIONS', `${name}: ${refused[option]}`);
    } else if (support !== 'no') own.set(option, { value, name, layer });
  }
  return own;
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
