import { type Command, Option } from 'commander';
import { FxscaleError } from './errors.ts';

/** k6's `run` flags on a commander command, and what was given by them, under k6's option names. */

type Stage = { readonly duration: string; readonly target: string };

/** Flags that are k6 options: how commander is told of them, and k6's name. `list` may be given again. */
const table: readonly [flags: string, description: string, option: string, kind?: 'list'][] = [
  ['-u, --vus <count>', 'virtual users', 'vus'],
  ['-d, --duration <time>', 'how long, for example 30s', 'duration'],
  ['-i, --iterations <count>', 'iterations in all', 'iterations'],
  [
    '--execution-segment <segment>',
    'the part of the test to run here, for example 1/3:2/3',
    'executionSegment',
  ],
  [
    '--execution-segment-sequence <list>',
    'all parts of the test, for example 0,1/3,2/3,1',
    'executionSegmentSequence',
  ],
  ['-p, --paused', 'not supported: there is no REST API to resume a run', 'paused'],
  ['--no-setup', 'do not run setup()', 'noSetup'],
  ['--setup-timeout <time>', 'how long setup() may take', 'setupTimeout'],
  ['--no-teardown', 'do not run teardown()', 'noTeardown'],
  ['--teardown-timeout <time>', 'how long teardown() may take', 'teardownTimeout'],
  ['--rps <count>', 'requests per second at most, of all virtual users', 'rps'],
  ['--max-redirects <count>', 'redirects to follow', 'maxRedirects'],
  ['--batch <count>', 'requests of one http.batch() at a time', 'batch'],
  ['--batch-per-host <count>', 'the same, to one host', 'batchPerHost'],
  ['--user-agent <text>', 'User-Agent of every request', 'userAgent'],
  ['--http-debug [what]', 'log requests and responses: headers, or full for bodies, too', 'httpDebug'],
  ['--insecure-skip-tls-verify', 'accept any certificate', 'insecureSkipTLSVerify'],
  ['--no-connection-reuse', 'a new connection for every request', 'noConnectionReuse'],
  ['--no-vu-connection-reuse', 'new connections in every iteration', 'noVUConnectionReuse'],
  ['--min-iteration-duration <time>', 'shorter iterations wait for the rest', 'minIterationDuration'],
  ['-w, --throw', 'failed requests are exceptions', 'throw'],
  ['--blacklist-ip <cidr>', 'addresses that must not be called (repeatable)', 'blacklistIPs', 'list'],
  [
    '--block-hostnames <pattern>',
    'names that must not be called, *.a.io for all below (repeatable)',
    'blockHostnames',
    'list',
  ],
  ['--dns <settings>', 'ttl=5m,select=random,policy=preferIPv4', 'dns'],
  ['--local-ips <list>', 'own addresses to send from: single, ranges, CIDR', 'localIPs'],
  ['--discard-response-bodies', 'do not keep bodies', 'discardResponseBodies'],
  ['--system-tags <list>', 'tags that samples carry', 'systemTags'],
  ['--summary-trend-stats <list>', 'columns of trends, for example avg,p(99)', 'summaryTrendStats'],
  ['--summary-time-unit <unit>', 's, ms or us', 'summaryTimeUnit'],
  ['--summary-mode <mode>', 'the summary at the end: compact, full or disabled', 'summaryMode'],
  ['--console-output <file>', 'a file for what the script logs', 'consoleOutput'],
];

/** Flags of k6 that are about the run, not options of the test; those without effect are accepted for their users. */
export type K6RunFlags = {
  stage: readonly Stage[];
  env: Readonly<Record<string, string>>;
  tag: Readonly<Record<string, string>>;
  includeSystemEnvVars: boolean | string;
  thresholds: boolean;
  summary: boolean;
  out: readonly string[];
  secretSource: readonly string[];
  summaryExport?: string;
  newMachineReadableSummary?: true;
  config?: string;
  logFormat?: string;
  logOutput?: string;
  linger?: true;
  address?: string;
  tracesOutput?: string;
  profilingEnabled?: true;
  color: boolean;
  quiet?: true;
  verbose?: true;
};

export function addK6Flags(command: Command): void {
  for (const [flags, description, , kind] of table) {
    const option = new Option(flags, description);
    command.addOption(kind === 'list' ? option.argParser(appendList).default([], '') : option);
  }
  command
    .option('-s, --stage <duration:target>', 'a stage of VUs (repeatable)', collectStages, [])
    .option('-e, --env <name=value>', 'an entry of __ENV (repeatable)', collectEnv, {})
    .option('--tag <name=value>', 'a tag for every sample (repeatable)', collectTags, {})
    .option('--include-system-env-vars [yes]', 'the environment is in __ENV', 'true')
    .option('--no-include-system-env-vars', 'leave the environment out of __ENV')
    .option('--no-thresholds', 'do not judge thresholds')
    .option(
      '-o, --out <output>',
      'where samples go: json=FILE, csv=FILE, - for stdout (repeatable)',
      append,
      [],
    )
    .option('--summary-export <file>', 'the summary as JSON')
    .option('--new-machine-readable-summary', "k6's newer JSON, for exports and handleSummary()")
    .addOption(new Option('--no-summary', 'as --summary-mode disabled').hideHelp())
    .option('-c, --config <file>', "options as JSON (default: k6's own config file, if there is one)")
    .option('--log-format <format>', 'text, json or raw')
    .option('--log-output <where>', 'stderr, stdout, none or file=PATH[,level=LEVEL]')
    .option(
      '--secret-source <source>',
      'for k6/secrets: env=PREFIX, file=PATH or mock=k=v (repeatable)',
      append,
      [],
    )
    .option('-v, --verbose', 'debug lines, too');
  for (const flags of withoutEffect) command.addOption(new Option(flags).hideHelp());
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (words) => parse(asGo(words, command));
}

/** These take a value only behind `=`; without it they mean this one. */
const alone: Readonly<Record<string, string>> = {
  '--http-debug': 'headers',
  '--include-system-env-vars': 'true',
};

/** k6's flags are Go's: one that is on or off may say so behind `=`, and an optional value is never the next word. */
function asGo(words: readonly string[], command: Command): string[] {
  const switches = new Set(
    command.options.flatMap(({ long, required, optional }) => (required || optional ? [] : [long])),
  );
  const end = words.indexOf('--');
  const flags = end < 0 ? words : words.slice(0, end);
  const given = flags.flatMap((word) => {
    if (Object.hasOwn(alone, word)) return [`${word}=${alone[word]}`];
    const [, name = '', value] = /^(--[\w-]+)=(true|false)$/.exec(word) ?? [];
    if (!switches.has(name)) return [word];
    return value === 'true' ? [name] : [];
  });
  return end < 0 ? given : [...given, ...words.slice(end)];
}

const withoutEffect = [
  ...['-l, --linger', '-a, --address <address>', '--no-usage-report', '--profiling-enabled'],
  ...['--compatibility-mode <mode>', '-t, --type <type>', '--traces-output <output>'],
];

/** The k6 options that were given as flags, under k6's names. */
export function k6OptionsOf(command: Command): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [flags, , option] of table) {
    const attribute = new Option(flags).attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli') continue;
    const value: unknown = command.getOptionValue(attribute);
    if (flags.startsWith('--no-')) given[option] = true;
    else given[option] = option === 'httpDebug' && value === true ? 'headers' : value;
  }
  const { stage, tag, summary } = command.opts<K6RunFlags>();
  if (stage.length > 0) given.stages = stage;
  if (Object.keys(tag).length > 0) given.tags = tag;
  if (!summary) given.summaryMode = 'disabled';
  return given;
}

/** What the user should know of flags that do nothing here. Throws USAGE for those that cannot be left undone. */
export function flagWarnings(flags: K6RunFlags): string[] {
  if (flags.address !== undefined)
    throw new FxscaleError('USAGE', '--address: fxscale has no REST API; leave it out');
  if (flags.tracesOutput !== undefined && flags.tracesOutput !== 'none')
    throw new FxscaleError('USAGE', '--traces-output: fxscale sends no traces; leave it out or write none');
  const idle = { linger: flags.linger, 'profiling-enabled': flags.profilingEnabled };
  return [
    ...Object.entries(idle).flatMap(([name, given]) =>
      given ? [`--${name} has no effect: there is no REST API`] : [],
    ),
    ...(flags.summary ? [] : ['--no-summary is gone since k6 2.0: write --summary-mode=disabled']),
  ];
}

export function append(value: string, all: readonly string[]): string[] {
  return [...all, value];
}

function appendList(value: string, all: readonly string[]): string[] {
  return [...all, ...value.split(',')];
}

/** `-e NAME` alone passes on what the environment has. */
function collectEnv(text: string, all: Readonly<Record<string, string>>): Record<string, string> {
  const known = /^[^=]+$/.test(text) ? process.env[text] : undefined;
  if (known !== undefined) return { ...all, [text]: known };
  return collectPair('--env', text, all);
}

function collectTags(text: string, all: Readonly<Record<string, string>>): Record<string, string> {
  return collectPair('--tag', text, all);
}

function collectPair(
  name: string,
  text: string,
  all: Readonly<Record<string, string>>,
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new FxscaleError('USAGE', `${name} ${JSON.stringify(text)}: write name=value`);
  return { ...all, [text.slice(0, at)]: text.slice(at + 1) };
}

function collectStages(text: string, all: readonly Stage[]): Stage[] {
  const stages = text.split(',').map((one) => {
    const [, duration, target] = /^([^:]+):(\d+)$/.exec(one.trim()) ?? [];
    if (duration === undefined || target === undefined)
      throw new FxscaleError(
        'USAGE',
        `--stage ${JSON.stringify(text)}: write duration:target, for example 30s:10`,
      );
    return { duration, target };
  });
  return [...all, ...stages];
}
