import type { Finding, FindingCode, Severity, StrikingInterval } from '../planners/findings.ts';
import type { Resource } from '../planners/types.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { describeDatabaseFinding } from './database-findings.ts';
import { counted, list, perRequest, resourceNames } from './resource-words.ts';
import { describeService } from './service-words.ts';
import { describeStream } from './stream-findings.ts';
import { describeTraffic, isTrafficFinding } from './traffic-words.ts';

/** A finding in words: what it says, what follows from it, what can be done. Without a line feed. */
export type Described = { severity: Severity; code: FindingCode; text: string };

/** The findings in words, errors first. Those that say the same of several resources become one. */
export function describeFindings(findings: Finding[]): Described[] {
  const alike = new Map<string, { finding: Finding; resources: string[] }>();
  for (const finding of findings) {
    const key = finding.code + describe(finding, '');
    const group = alike.get(key) ?? { finding, resources: [] };
    if ('resource' in finding.args) group.resources.push(resourceNames[finding.args.resource]);
    alike.set(key, group);
  }
  const described = [...alike.values()].map(({ finding, resources }) => {
    return { severity: finding.severity, code: finding.code, text: describe(finding, list(resources)) };
  });
  const order: Severity[] = ['error', 'warning', 'info'];
  return order.flatMap((severity) => described.filter((each) => each.severity === severity));
}

/** `about` names the resources that the finding is about, if it is about any. */
function describe(finding: Finding, about: string): string {
  if (isTrafficFinding(finding)) return describeTraffic(finding);
  const { code, args } = finding;
  switch (code) {
    case 'GENERATOR_LIMITED':
      return `The load generator was the bottleneck in run ${short(args.run)}: iterations started up to ${formatSeconds(args.scheduleLag)} late, ${round(args.dropped)} never started, and it used ${counted(args.cpu, 'core')}. Its latencies are partly the generator's own: repeat it with less load or on a larger machine.`;
    case 'RUN_INCOMPLETE':
      return `Run ${short(args.run)} was killed after ${formatSeconds(args.seconds)}; what it wrote until then is used.`;
    case 'REQUESTS_FAILED':
      return `${formatPercent(args.share)} of the requests of run ${short(args.run)} failed, and a failed request costs less than one that succeeds: the demand may be too low.`;
    case 'GAP':
      return `${args.source} did not answer ${times(args.gaps)} in run ${short(args.run)}; ${formatSeconds(args.seconds)} are left out of its fits.`;
    case 'SOURCE_PARTLY_READ':
      return args.samples === 0
        ? `${args.source} never answered in run ${short(args.run)}: nothing of it is in the figures.`
        : `${args.source} answered only from ${formatSeconds(args.from)} to ${formatSeconds(args.to)} of the ${formatSeconds(args.seconds)} of run ${short(args.run)}: the rest of the run is missing in what rests on it.`;
    case 'COUNTER_RESET':
      return `The counters of ${args.source} started again ${times(args.resets)} in run ${short(args.run)}, so it was restarted; those intervals are left out.`;
    case 'WARMUP_SKIPPED':
      return `The first ${formatSeconds(args.seconds)} of run ${short(args.run)} are left out: the service was still warming up.`;
    case 'CHECKPOINT_CYCLE_NOT_COVERED':
      return `Run ${short(args.run)} saw ${counted(args.checkpoints, 'checkpoint')} in ${formatSeconds(args.seconds)}, less than a whole cycle. After a checkpoint every page is written to the WAL in full once, and nothing tells how often: ${args.counted ? 'WAL bytes per request are told without it, and disk writes may be too low' : 'WAL bytes and disk writes per request may be several times too high or too low'}. Measure from one checkpoint to the next, or give the command CHECKPOINT a few seconds after the start and collect from the database.`;
    case 'CHECKPOINT_WRITES_NOT_COVERED':
      return `Run ${short(args.run)} saw ${counted(args.checkpoints, 'checkpoint')} in ${formatSeconds(args.seconds)}, less than a whole cycle. WAL bytes per request allow for that, but disk writes lack what a checkpoint writes, or have too much of it: measure from one checkpoint to the next.`;
    case 'MEMORY_STILL_RISING':
      return `Memory was still rising by ${formatBytes(args.rate)}/s per replica at the end of run ${short(args.run)}: the peak is not known yet, and a longer run is needed to tell a cache that fills from a leak.`;
    case 'NOT_MEASURED':
      return `Not measured: ${about}. ${counted(args.intervals, 'usable interval')} of at least ${round(args.needed)}; nothing is planned for it from measurement.`;
    case 'CLASSES_NOT_SEPARABLE':
      return `${list(args.classes)} rose and fell together, so only what they cost together in ${about} is known, and no figure of their own is told. Let their rates change apart: for example run ${list(args.pair)} as scenarios of their own, with stages at different times.`;
    case 'BACKGROUND_NOT_SEPARABLE':
      return `The load hardly varied, so what idles away in ${about} cannot be told from the cost of requests and is counted as theirs. A run that ramps tells them apart.`;
    case 'OUTLIERS_DOWNWEIGHTED':
      return `${round(args.intervals)} of ${round(args.of)} intervals were far from the fit of ${about} and count less in it, or not at all: ${args.farthest.map((each) => striking(each, args.resource)).join('; ')}.`;
    case 'COUNTER_LAGS':
      return `The count of ${about} rose ${formatSeconds(Math.abs(args.seconds))} ${args.seconds > 0 ? 'after the requests' : 'before the end of the requests'} of run ${short(args.run)} that caused it; the intervals are shifted by that.`;
    case 'POOR_FIT':
      return `The requests explain only ${formatPercent(args.r2)} of the variation in ${about}: something else uses it too, and its figures are weak.`;
    case 'FIT_EXTRAPOLATES':
      return `Planned for ${formatRate(args.to)} but tested only up to ${formatRate(args.from)}: ${about}. Beyond the data the cost of a request may grow: test nearer to the peak.`;
    case 'DECLARED_DEFAULTS':
      return `Nothing was measured for ${list(args.figures)}: they rest on declared figures and default costs per request. A run with --collect replaces them.`;
    case 'MEASURED_WINS':
      return `${args.flag} declares ${round(args.declared)}, but ${round(args.measured)} was measured and is used.`;
    case 'ASSUMED_PEAK':
      return `No peak was stated: the plan is for ${formatRate(args.rate)}. State yours with --peak.`;
    case 'ASSUMED_RISE':
      return `How fast the load rises is not known: the plan assumes ×${round(args.multiplier)} within ${formatSeconds(args.rise)}. Describe the steepest rise with --event.`;
    case 'ASSUMED_STARTUP':
      return `A new pod is assumed to serve after ${formatSeconds(args.startup)}. State the measured time with --startup.`;
    case 'ASSUMED_REPLICA_CPU':
      return `A replica is assumed to have ${counted(args.cpu, 'core')}. State it with --replica-cpu.`;
    case 'ASSUMED_AVERAGE_LOAD':
      return `The load over a whole day is not known: ${formatRate(args.average)} is assumed, the peak of ${formatRate(args.peak)} divided by ${round(args.ratio)}. Storage growth rests on it.`;
    case 'RATE_FROM_USERS':
      return `The peak is taken from ${round(args.users)} users that wait ${formatSeconds(args.latency)} for each answer: at most ${formatRate(args.rate)}. State it with --peak if they pause between requests.`;
    case 'RATE_EXCEEDS_USERS':
      return `${round(args.users)} users that wait ${formatSeconds(args.latency)} for each answer can send ${formatRate(args.possible)} at most, not the declared ${formatRate(args.rate)}: one of the three figures is wrong.`;
    case 'LIMIT_NOT_TESTED':
      return args.tested === null
        ? `The replicas were tested without a CPU limit; the limit of ${counted(args.limit, 'core')} was not tried.`
        : `The replicas were tested with ${counted(args.tested, 'core')}; the limit of ${counted(args.limit, 'core')} was not tried.`;
    case 'CPU_ABOVE_ONE_THREAD':
      return `A replica has ${counted(args.cpu, 'core')}, but its one thread can use ${counted(args.used, 'core')}: only that is counted. Smaller replicas waste less.`;
    case 'MEMORY_LIMIT_BELOW_OBSERVED':
      return `The memory limit of ${formatBytes(args.limit)} is below the ${formatBytes(args.observed)} that a replica used in the test: it would be killed. Raise --replica-memory.`;
    case 'MEMORY_LEAKS':
      return `A replica loses ${formatBytes(args.rate)}/s of memory whatever the load, at the end of the runs as fast as before: it reaches its limit after ${formatSeconds(args.seconds)}. Find the leak; until then restart replicas sooner than that.`;
    case 'RISE_FASTER_THAN_PODS':
      return `In ${args.event} the load multiplies by ${round(args.factor)} within the ${formatSeconds(args.delay)} that a new pod takes, so the autoscaler keeps replicas at ${formatPercent(args.target)} all the time to be ready. Scaling up before the event costs less.`;
    case 'ASSUMED_TRAFFIC':
      return `When the load comes is not known: the autoscaler was chosen in a week of ${args.traffic} with this peak. Give the traffic with --traffic.`;
    case 'AUTOSCALER_BREAKS_SLO':
      return `In the simulated traffic the service is outside its SLO for ${formatSeconds(args.violated)}, the budget is ${formatSeconds(args.budget)}: no autoscaler keeps it, because the load rises faster than pods start.${floorText(args.floor)}`;
    case 'HOT_PARTITION':
    case 'PARTITIONS_TOO_FEW':
    case 'PARTITION_EXCEEDS_VOLUME':
    case 'RETENTION_EXCEEDS_VOLUMES':
    case 'TOO_MANY_PARTITIONS':
    case 'CONSUMER_RATE_UNKNOWN':
    case 'CONSUMERS_NEVER_BUSY':
    case 'CONSUMERS_FALL_BEHIND':
    case 'CACHE_FILLS':
    case 'CACHE_KEYS_GROW':
    case 'CACHE_THREAD_SHORT':
    case 'HIT_RATIO_AT_ONE_SIZE':
    case 'KEY_SIZE_DIFFERS':
    case 'CONNECTIONS_FROM_LOAD':
    case 'CONNECTION_SIZE_UNKNOWN':
    case 'RECONNECT_STORM':
    case 'REPLICAS_EXCEED_PARTITIONS':
    case 'CONNECTIONS_EXCEED_REPLICAS':
    case 'SCALING_DOES_NOT_HELP':
    case 'ASSUMED_FIGURES':
      return describeStream(finding);
    case 'SCRIPTS_DIFFER':
    case 'MACHINES_DIFFER':
    case 'LATENCY_NOT_FITTED':
    case 'REPLICAS_WITHIN_TEST':
    case 'ONE_QUEUE_ASSUMED':
    case 'CPU_LIMIT_COSTS':
    case 'OOM_RISK':
    case 'SURGE_EXCEEDS_MAX_CONNECTIONS':
      return describeService(finding);
    default:
      return describeDatabaseFinding(finding);
  }
}

const causes: Record<NonNullable<StrikingInterval['cause']>, string> = {
  checkpoint: 'a checkpoint began',
  restart: 'a replica had just started',
  collection: 'the runtime collected garbage',
};

/** `18s to 19s of run 6f1c2a90 used 310ms instead of 200ms (a checkpoint began)`. */
function striking({ run, from, to, used, expected, cause }: StrikingInterval, resource: Resource): string {
  const format = perRequest[resource];
  const why = cause === null ? '' : ` (${causes[cause]})`;
  return `${formatSeconds(from)} to ${formatSeconds(to)} of run ${short(run)} used ${format(used)} instead of ${format(expected)}${why}`;
}

/** The start of a run's id, which is enough to find it. */
function short(run: string): string {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(run) ? run.slice(0, 8) : run;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${round(count)} times`;
}

function floorText(floor: Extract<Finding, { code: 'AUTOSCALER_BREAKS_SLO' }>['args']['floor']): string {
  if (floor === null) return '';
  const { replicas, lead, violated } = floor;
  return ` With at least ${counted(replicas, 'replica')} from ${formatSeconds(lead)} before each event it would be ${formatSeconds(violated)}.`;
}
