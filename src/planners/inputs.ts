import { FxscaleError } from '../errors.ts';
import type { Run } from '../run.ts';
import { formatRate, formatSeconds, round } from '../units.ts';
import type { PriceTable } from './cost/price-table.ts';
import { checkDatabase } from './database/checks.ts';
import type { DatabaseOptions } from './database/plan.ts';
import type { Finding } from './findings.ts';
import { checkRegions } from './service/regions.ts';
import { checkStreams, type StreamFigures, statesStream, streamFiguresOf } from './streams/figures.ts';
import { describeTraffic, type RecordedLoad } from './traffic/recorded-load.ts';
import type { Availability, Inputs, LoadEvent, Slo } from './types.ts';
import { type Declared, lowestOf, middleOf, WORLDS } from './worlds.ts';

type Optional<T> = { [Key in keyof T]?: T[Key] | undefined };

/** What may be asked of a plan. Rates are per second, times in seconds, sizes in bytes, CPU in cores. */
export type CapacityRequest = StreamFigures &
  Optional<{
    /** The highest load to carry. */
    peak: Declared;
    /** Instead of that, what was recorded and is forecast. */
    traffic: RecordedLoad;
    /** Per year. */
    growth: Declared;
    horizonMonths: number;
    events: LoadEvent[];
    slos: Slo[];
    /** Shares by class; they need not sum to one. */
    mix: Record<string, number>;
    availability: Availability;
    zones: number;
    regions: number;
    failoverThreshold: number;
    replicaCpu: number;
    replicaMemory: number;
    /** Seconds after which every replica is started again, as by a deployment. */
    restartEvery: number;
    startup: number;
    /** A replica may be planned to carry any load, and not only what one was tested with. */
    extrapolate: boolean;
    confidence: number;
    seed: number;
    /** Worlds to sample. */
    worlds: number;
    /** Where each of these was given, to be told with them. */
    from: Inputs['from'];
    /** Declared figures. */
    rps: Declared;
    latency: Declared;
    /** Requests that a replica serves at once. */
    concurrency: number;
    users: Declared;
    tradesPerDay: Declared;
    tradeBytes: Declared;
    storageBytes: Declared;
    capacityBytes: number;
    connections: Declared;
    peakConnections: Declared;
    /** More of the database, and prices in place of those that are built in. */
    database: DatabaseOptions;
    prices: PriceTable;
  }>;

const STARTUP = 20;
const CONFIDENCE = 0.95;
export const DEFAULT_SEED = 1;
const ZONES = 3;
const REGIONS = 2;
/** Of the platform's regions: `failover-threshold: "0.8"`. */
const FAILOVER_THRESHOLD = 0.8;
const HORIZON = 12;
/** Below these a quantity was mistyped, such as 0.5m for half a core. */
const SMALLEST_CPU = 0.01;
const SMALLEST_MEMORY = 4 * 2 ** 20;

/** The request with its defaults; `testedRate` is the highest rate of the runs, null without runs. */
export function resolveInputs(
  runs: readonly Run[],
  request: CapacityRequest,
  testedRate: number | null,
): { inputs: Inputs; findings: Finding[] } {
  const findings: Finding[] = [];
  const peak = peakOf(request, testedRate, findings);
  if (request.startup === undefined && peak !== null) {
    findings.push({ code: 'ASSUMED_STARTUP', severity: 'warning', args: { startup: STARTUP } });
  }
  const figures = {
    rps: request.rps,
    latency: request.latency,
    concurrency: request.concurrency,
    users: request.users,
    tradesPerDay: request.tradesPerDay,
    tradeBytes: request.tradeBytes,
    storageBytes: request.storageBytes,
    capacityBytes: request.capacityBytes,
    connections: request.connections,
    peakConnections: request.peakConnections,
    ...streamFiguresOf(request),
  };
  const inputs: Inputs = {
    runs: describeRuns(runs),
    peak,
    growth: request.traffic?.growth ?? request.growth ?? 0,
    ...(request.traffic === undefined ? {} : { traffic: describeTraffic(request.traffic) }),
    horizonMonths: request.horizonMonths ?? HORIZON,
    events: request.events ?? [],
    slos: request.slos ?? [],
    availability: request.availability ?? 'replica',
    zones: request.zones ?? ZONES,
    regions: request.regions ?? REGIONS,
    failoverThreshold: request.failoverThreshold ?? FAILOVER_THRESHOLD,
    extrapolate: request.extrapolate ?? false,
    startup: request.startup ?? STARTUP,
    confidence: request.confidence ?? CONFIDENCE,
    seed: request.seed ?? DEFAULT_SEED,
    worlds: request.worlds ?? WORLDS,
    database: Object.fromEntries(
      Object.entries(request.database ?? {}).filter(([, value]) => value !== undefined),
    ),
    declared: Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)),
    ...(request.from === undefined ? {} : { from: request.from }),
  };
  return { inputs, findings };
}

/** Which runs something was made from. */
export function describeRuns(runs: readonly Run[]): Inputs['runs'] {
  return runs.map(({ header, rows, end }) => ({
    id: header.id,
    script: header.script,
    startedAt: header.startedAt,
    seconds: rows.reduce((sum, row) => sum + row.seconds, 0),
    complete: end !== undefined,
  }));
}

/** The stated peak, what the users can send, or what was tested; null when nothing tells. */
function peakOf(request: CapacityRequest, testedRate: number | null, findings: Finding[]): Inputs['peak'] {
  const { users, latency, traffic } = request;
  if (traffic !== undefined) {
    findings.push(...traffic.findings);
    return { rate: traffic.peak, basis: traffic.basis, source: 'traffic' };
  }
  const stated = request.peak ?? request.rps;
  if (users !== undefined && latency !== undefined) {
    const possible = middleOf(users) / middleOf(latency);
    if (stated === undefined) {
      findings.push({
        code: 'RATE_FROM_USERS',
        severity: 'warning',
        args: { users: middleOf(users), latency: middleOf(latency), rate: possible },
      });
      return { rate: possible, basis: 'declared', source: 'users' };
    }
    if (middleOf(stated) > possible) {
      const args = { users: middleOf(users), latency: middleOf(latency), rate: middleOf(stated), possible };
      findings.push({ code: 'RATE_EXCEEDS_USERS', severity: 'warning', args });
    }
  }
  if (stated !== undefined) return { rate: stated, basis: 'declared', source: 'stated' };
  if (testedRate === null) return null;
  findings.push({ code: 'ASSUMED_PEAK', severity: 'warning', args: { rate: testedRate } });
  return { rate: testedRate, basis: 'measured', source: 'runs' };
}

/** Throws USAGE, naming the flag, for a combination from which nothing can be planned. */
export function checkRequest(runs: readonly Run[], request: CapacityRequest): void {
  const { rps, peak, users, latency, tradesPerDay, tradeBytes, connections, peakConnections } = request;
  const wrong = (message: string) => new FxscaleError('USAGE', message);
  const rate = request.traffic?.peak ?? peak ?? rps;
  if (peak !== undefined && rps !== undefined)
    throw wrong('--peak and --rps both state the load: leave one out');
  if (
    runs.length === 0 &&
    !statesStream(request) &&
    [rate ?? (users && latency), tradesPerDay, connections, peakConnections].every(
      (each) => each === undefined,
    )
  ) {
    throw wrong('plan needs a run file, or declared figures: --rps, --trades-per-day or --peak-connections');
  }
  checkStreams(runs.length > 0, request);
  if (runs.length === 0 && users !== undefined && latency === undefined) {
    throw wrong(
      '--users: without --latency they do not tell how much load they make; add for example --latency 100ms',
    );
  }
  if (runs.length === 0 && tradeBytes !== undefined && tradesPerDay === undefined) {
    throw wrong('--avg-trade-kb: how many of them? add --trades-per-day');
  }
  const grows = tradesPerDay !== undefined && tradeBytes !== undefined;
  if (runs.length === 0 && !grows && (request.storageBytes ?? request.capacityBytes) !== undefined) {
    throw wrong(
      '--storage-gb and --volume-gb: nothing tells how it grows; add --trades-per-day and --avg-trade-kb',
    );
  }
  const measured = runs.length > 0;
  checkDatabase(request.database ?? {}, {
    run: measured,
    growth: measured || grows,
    operations: measured || tradesPerDay !== undefined,
  });
  if (runs.length === 0 && request.slos?.length && latency === undefined) {
    throw wrong('--slo: nothing tells how long a request takes; give a run, or --latency');
  }
  const targets = (request.slos ?? []).map(({ class: name = '', quantile }) => `${name}:${quantile}`);
  if (new Set(targets).size < targets.length) {
    throw wrong('--slo: one quantile of one class has two targets: leave one of them out');
  }
  if (runs.length === 0 && request.mix !== undefined) {
    throw wrong('--mix: declared figures know no request classes; give a run');
  }
  if (request.replicaCpu !== undefined && request.replicaCpu < SMALLEST_CPU) {
    throw wrong(
      `--replica-cpu: ${round(request.replicaCpu)} cores is too little for any service; half a core is 500m`,
    );
  }
  if (request.replicaMemory !== undefined && request.replicaMemory < SMALLEST_MEMORY) {
    const bytes = `${round(request.replicaMemory)} bytes`;
    throw wrong(`--replica-memory: ${bytes} is too little for any service; half a gibibyte is 512Mi`);
  }
  if (request.zones !== undefined && (request.availability ?? 'replica') === 'replica') {
    throw wrong('--zones: has an effect only with --availability zone or region');
  }
  checkRegions(request);
  if (
    request.concurrency !== undefined &&
    (latency === undefined || !request.slos?.length || runs.length > 0)
  ) {
    throw wrong('--concurrency: has an effect only with a declared --latency and an --slo, without runs');
  }
  if (request.restartEvery !== undefined && runs.length === 0) {
    throw wrong('--restart-every: has an effect only on the memory that a run shows to leak; give a run');
  }
  for (const { name, multiplier, range, rise } of request.events ?? []) {
    if ((range?.low ?? multiplier) < 1)
      throw wrong(`--event ${name}: the multiplier is of the peak and must be 1 or more`);
    if (rise < 0) throw wrong(`--event ${name}: rise ${formatSeconds(rise)} is negative`);
  }
  if (rate !== undefined && !(lowestOf(rate) > 0))
    throw wrong(`--rps: ${formatRate(lowestOf(rate))} is no load; write more than zero`);
  if (latency !== undefined && !(lowestOf(latency) > 0))
    throw wrong('--latency: must be above zero, for example 100ms');
}
