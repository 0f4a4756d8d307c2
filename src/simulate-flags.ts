import { type Command, Option } from 'commander';
import { FxscaleError } from './errors.ts';
import { flag } from './flag.ts';
import { holidayFlag } from './holiday-flag.ts';
import { defaultRelease } from './models/hpa/version.ts';
import type { Holiday } from './models/traffic/holiday.ts';
import { type MetricSource, metricSources } from './models/world/metric-pipeline.ts';
import type { EngineName } from './models/world/simulate.ts';
import type { DeclaredPod } from './planners/autoscaling/world.ts';
import { parseEvent, parsePositive, parseSeed, parseSlo, parseTime } from './planners/flags.ts';
import type { LoadEvent, Slo } from './planners/types.ts';
import { timeOf } from './traffic-files.ts';
import {
  parseBytes,
  parseCores,
  parseCount,
  parseDuration,
  parseKubernetes,
  parseNumber,
  parsePercent,
  parseRate,
} from './units.ts';

/** When: seconds since 1970, or after the start. */
type Moment = { at: number } | { after: number };

export type PlacedEvent = LoadEvent & { moment: Moment };
export type FloorFlag = { replicas: number; moment: Moment; seconds: number };

/** The flags that `simulate` and `simulate tune` share. Seconds, cores, bytes, requests per second. */
export type WorldFlags = DeclaredPod & {
  traffic?: string;
  fromPrometheus?: string;
  loadQuery?: string;
  replicasQuery?: string;
  mean?: number;
  peak?: number;
  event: PlacedEvent[];
  holiday: Holiday[];
  noise: number;
  noiseMemory: number;
  run?: string;
  plan?: string;
  startup: number;
  imagePull: number;
  scheduling: number;
  grace: number;
  nodes?: number;
  podsPerNode: number;
  nodeDelay: number;
  scrape: number;
  window: number;
  metric: Map<string, MetricSource>;
  partitions?: number;
  start?: number;
  days: number;
  step: number;
  k8s: number;
  slo: Slo;
  engine: EngineName | 'auto';
  price?: number;
  seed: number;
  json?: true;
  quiet?: true;
  color: boolean;
};

/** Adds the flags that describe the world to `command`. */
export function addWorldFlags(command: Command): Command {
  for (const option of options()) command.addOption(option);
  return command;
}

function options(): Option[] {
  return [
    new Option(
      '--traffic <file|preset|url>',
      'a recorded rate (CSV or JSON with time and rate, or prometheus+http://host:9090/?query=PROMQL), or flat, fx-centre-share, fx-overlap-heavy',
    ),
    new Option(
      '--from-prometheus <url>',
      'take the load and the replicas from what Prometheus recorded of the target, and compare',
    ),
    new Option(
      '--load-query <promql>',
      'requests per second that were recorded (default: CPU of the target, over --cpu-per-request)',
    ),
    new Option('--replicas-query <promql>', 'replicas that were recorded (default: of kube-state-metrics)'),
    valued('--mean <rate>', 'mean of the traffic, for example 1000/s', parseRate),
    valued('--peak <rate>', 'or its peak without events', parseRate),
    eventFlag(),
    holidayFlag(),
    valued(
      '--noise <share>',
      'how far the rate drifts about its shape, for example 10%',
      parsePercent,
      0,
      '0%',
    ),
    valued('--noise-memory <time>', 'after which the drift is forgotten', parseTime, 300, '5m'),
    valued('--capacity <rate>', 'what a pod can do, for example 100/s', parseRate),
    valued('--cpu-per-request <time>', 'CPU time of a request, for example 4ms', parseTime),
    new Option('--run <run>', 'take what a pod can do from a run'),
    new Option('--plan <plan>', 'or from a plan (plan.json)'),
    valued(
      '--workers <count>',
      'requests that a pod works on at once (default: 1, or as measured)',
      parseCount,
    ),
    valued(
      '--variability <number>',
      'squared coefficient of variation of service times: 1 exponential (default), 0 constant',
      parseNumber,
    ),
    valued('--cpu-idle <cores>', 'CPU of a pod without requests (default: 0, or as measured)', parseCores),
    valued('--replica-cpu <cores>', "CPU request of a pod (default: 500m, or the plan's)", parseCores),
    valued('--cpu-limit <cores>', "CPU limit of a pod (default: none, or the plan's)", parseCores),
    valued('--memory <size>', 'memory that a pod holds (default: 60% of its request)', parseBytes),
    valued('--replica-memory <size>', "memory request of a pod (default: 1Gi, or the plan's)", parseBytes),
    valued('--timeout <time>', 'a request that would wait longer is turned away (default: 30s)', parseTime),
    valued('--startup <time>', 'from the start of a pod until it is ready', parseDuration, 20, '20s'),
    valued('--image-pull <time>', "until a pod's image is there", parseDuration, 2, '2s'),
    valued('--scheduling <time>', 'until a pod has a node', parseDuration, 1, '1s'),
    valued('--grace <time>', 'in which a deleted pod finishes what it has', parseDuration, 30, '30s'),
    valued(
      '--nodes <count>',
      'nodes that are there; more come when they are full (default: there is always room)',
      parseCount,
    ),
    valued('--pods-per-node <count>', 'pods that fit on a node', parseCount, 10, '10'),
    valued('--node-delay <time>', 'until a node that is asked for is there', parseTime, 90, '90s'),
    valued('--scrape <time>', 'between two points of the metrics', parseTime, 15, '15s'),
    valued('--window <time>', 'of the rate of custom metrics', parseTime, 60, '60s'),
    new Option(
      '--metric <name=source>',
      'what a custom metric or a trigger stands for: rate, concurrency, latency or lag (repeatable)',
    )
      .argParser(
        (text: string, before: Map<string, MetricSource>) => new Map([...before, flag(parseMetric)(text)]),
      )
      .default(new Map(), 'by its name'),
    valued(
      '--partitions <count>',
      'of the topic that the pods consume: the traffic is its records, and more pods than that do nothing',
      parseCount,
    ),
    valued(
      '--start <date>',
      'when the traffic starts (default: a Monday in June, or where the file starts)',
      parseStart,
    ),
    valued('--days <count>', 'how long', parsePositive, 7, '7'),
    valued('--step <time>', 'between two syncs of the controller', parseTime, 15.02, '15.02s'),
    valued(
      '--k8s <version>',
      'the Kubernetes release whose controller decides',
      parseKubernetes,
      defaultRelease,
      `1.${defaultRelease}`,
    ),
    valued('--slo <pN=time>', 'latency to keep', parseSlo, { quantile: 0.99, seconds: 0.25 }, 'p99=250ms'),
    new Option('--engine <name>', 'every request by itself, or all as a stream')
      .choices(['auto', 'events', 'fluid'])
      .default('auto', 'events up to five million requests'),
    valued('--price <number>', 'of a core-hour; without it no cost is told', parsePositive),
    valued('--seed <number>', 'of the arrivals', parseSeed, 1, '1'),
    new Option('--json', 'the result as one JSON document'),
    new Option('-q, --quiet', 'no progress'),
    new Option('--no-color', 'no colours'),
  ];
}

/** `--event`, with its time. */
export function eventFlag(): Option {
  return new Option(
    '--event <name:multiplier:rise:decay@time>',
    'what multiplies it, at a date or after the start, for example nfp:5:15s:30m@4d12h30m (repeatable)',
  )
    .argParser((text: string, before: PlacedEvent[]) => [...before, flag(parsePlacedEvent)(text)])
    .default([]);
}

function valued<T>(
  name: string,
  text: string,
  parse: (text: string) => T,
  value?: T,
  shown?: string,
): Option {
  const option = new Option(name, text).argParser(flag(parse));
  return value === undefined ? option : option.default(value, shown);
}

function wrong(text: string, what: string, right: string): FxscaleError {
  return new FxscaleError('USAGE', `${JSON.stringify(text)} is not ${what}: ${right}`);
}

/** `nfp:5:15s:30m@4d12h30m`, or with a date after the @. */
export function parsePlacedEvent(text: string): PlacedEvent {
  const [event = '', moment, ...more] = text.split('@');
  if (moment === undefined || more.length > 0)
    throw wrong(
      text,
      'an event with its time',
      'write NAME:MULTIPLIER:RISE:DECAY@TIME, for example nfp:5:15s:30m@4d12h30m',
    );
  const parsed = parseEvent(event);
  if (parsed.range !== undefined)
    throw wrong(text, 'an event with its time', 'a simulation follows one course: give one multiplier');
  return { ...parsed, moment: parseMoment(moment) };
}

/** `18@4d12h:2h`: at least 18 replicas for two hours. */
export function parseFloor(text: string): FloorFlag {
  const match = /^(\d+)@(.+):([^:]+)$/.exec(text);
  if (!match) throw wrong(text, 'a floor', 'write REPLICAS@TIME:DURATION, for example 18@4d12h:2h');
  return {
    replicas: parseCount(match[1] ?? ''),
    moment: parseMoment(match[2] ?? ''),
    seconds: parseTime(match[3] ?? ''),
  };
}

function parseMoment(text: string): Moment {
  const at = /^\d{4}-/.test(text) ? timeOf(text) : Number.NaN;
  return Number.isNaN(at) ? { after: parseDuration(text) } : { at };
}

/** Seconds since 1970. */
export function timeFrom(moment: Moment, start: number): number {
  return 'at' in moment ? moment.at : start + moment.after;
}

export function parseStart(text: string): number {
  const at = timeOf(text);
  if (Number.isNaN(at)) throw wrong(text, 'a date', 'write for example 2026-06-01 or 2026-06-01T12:00:00Z');
  return at;
}

function parseMetric(text: string): [string, MetricSource] {
  const [name = '', source = ''] = text.split('=');
  const known = metricSources.find((each) => each === source);
  if (name === '' || known === undefined)
    throw wrong(text, 'a metric', `write NAME=SOURCE with one of ${metricSources.join(', ')}`);
  return [name, known];
}
