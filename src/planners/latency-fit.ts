import {
  chooseLatency,
  chooseTogether,
  FEWEST_OBSERVATIONS,
  type LatencyFit,
} from '../models/latency/choose.ts';
import { candidatesFor } from '../models/latency/fit.ts';
import type { Observation } from '../models/latency/observation.ts';
import { type EstimatedVariability, estimateVariability } from '../models/service-variability.ts';
import type { Run, RunRow } from '../run.ts';
import { classesOf, type Fits } from './fits.ts';
import { latencyFloor, merged, spansOf } from './latency.ts';
import { cpuLimitOf, onOneThread, replicasOf } from './observed.ts';
import { requestsIn } from './rows.ts';
import { utilisationOf } from './utilisation.ts';

/** The latency of one class at one quantile against the utilisation of a replica; plain data. */
export type ClassLatency = {
  readonly class: string;
  readonly quantile: number;
  readonly fit: LatencyFit | null;
  /**
   * Why there is no fit: too `few` utilisations with requests enough to tell the quantile, or all of them in a range too
   * `narrow` to tell how it grows.
   */
  readonly missing?: 'few' | 'narrow';
};

/** `classes` are all that were sent unless they are named. */
export type LatencyQuestion = {
  seed: number;
  quantiles?: readonly number[];
  classes?: readonly string[];
};

/** A span of a run and how much of what it may use a replica used. */
type Span = { readonly rows: readonly RunRow[]; readonly utilisation: number };

const QUANTILES = [0.5, 0.95, 0.99];
/** Requests in the tail that a quantile is told from: spans of like utilisation are taken together until they have them. */
const IN_TAIL = 10;
/** Fewer say nothing about the quantile. */
const LEAST_IN_TAIL = 2;
/** Spans are alike up to this difference of utilisation. */
const ALIKE = 0.04;
/** Utilisations must differ by this much to tell how a latency grows. */
const LEAST_RANGE = 0.15;
/** Nearer to its end a queue grows as long as it lasts, and has no steady state. */
const MOST = 0.97;

/**
 * How each quantile of each class's latency grows with the utilisation of a replica, by the model that foretells it best.
 * `fits` are those of the runs. Empty when the runs do not tell a utilisation: without the CPU of the service, or
 * without its limit when it has more than one thread.
 */
export function fitLatency(
  runs: readonly Run[],
  fits: Fits,
  { seed, quantiles = QUANTILES, classes }: LatencyQuestion,
): ClassLatency[] {
  const limit = limitOf(runs);
  const singleThread = onOneThread(runs);
  const cores = usableCores(runs);
  if (cores === undefined) return [];
  // What ran under another limit is another replica.
  const alike = runs.filter((run) => cpuLimitOf(run) === limit);
  const spans = alike.flatMap((run) => utilisedSpans(run, fits, cores));
  const service = serviceTime(spans);
  if (service === undefined) return [];
  const servers = singleThread ? { servers: 1 } : {};
  const limited = limit === undefined ? {} : { cores: limit };
  const replicas = quantiles.map((quantile) => ({ quantile, service, seed, ...servers, ...limited }));
  const candidates = replicas.map((replica) => candidatesFor(replica));
  const asked = classesOf(alike).filter((name) => classes?.includes(name) ?? true);
  return asked.flatMap((name) => {
    const found = replicas.map((replica, i): ClassLatency => {
      const { quantile } = replica;
      const observations = observationsOf(spans, name, quantile);
      const missing = missingFrom(observations);
      if (missing) return { class: name, quantile, fit: null, missing };
      return { class: name, quantile, fit: chooseLatency(observations, replica, candidates[i]) };
    });
    const together = chooseTogether(found.flatMap(({ fit }) => fit ?? []));
    return found.map((each) => {
      const fit = together.find(({ quantile }) => quantile === each.quantile);
      return fit === undefined ? each : { ...each, fit };
    });
  });
}

/** Cores that a replica could use in the runs; undefined when it had no limit and more than one thread. */
export function usableCores(runs: readonly Run[]): number | undefined {
  const limit = limitOf(runs);
  return onOneThread(runs) ? Math.min(1, limit ?? 1) : limit;
}

/**
 * How variable the service of a class is, from its latencies at the lowest load that was measured, which include what
 * little it waits then. Undefined for too few requests.
 */
export function unloadedVariability(runs: readonly Run[], name: string): EstimatedVariability | undefined {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((quantile) => latencyFloor(runs, name, quantile));
  if (!p50 || !p95 || !p99) return undefined;
  return estimateVariability({ p50, p95, p99 });
}

/** In ascending order of utilisation. */
function missingFrom(observations: readonly Observation[]): ClassLatency['missing'] {
  if (observations.length < FEWEST_OBSERVATIONS) return 'few';
  const range = (observations.at(-1)?.utilisation ?? 0) - (observations[0]?.utilisation ?? 0);
  return range < LEAST_RANGE ? 'narrow' : undefined;
}

/** The largest limit, in cores, that any run had. */
function limitOf(runs: readonly Run[]): number | undefined {
  const limits = runs.flatMap((run) => cpuLimitOf(run) ?? []);
  return limits.length === 0 ? undefined : Math.max(...limits);
}

/** Without the first span, in which connections are made and code is compiled. */
function utilisedSpans(run: Run, fits: Fits, cores: number): (Span & { replicas: number })[] {
  const replicas = replicasOf(run);
  const utilisation = utilisationOf(fits, replicas, cores);
  if (utilisation === undefined) return [];
  return spansOf(run.rows)
    .filter((rows) => rows[0] !== run.rows[0])
    .map((rows) => ({ rows, utilisation: utilisation(rows), replicas }))
    .filter((span) => span.utilisation > 0 && span.utilisation < MOST);
}

/** Mean seconds of a replica that a request needed; undefined without requests. */
function serviceTime(spans: readonly (Span & { replicas: number })[]): number | undefined {
  let [busy, requests] = [0, 0];
  for (const { rows, utilisation, replicas } of spans) {
    for (const row of rows) {
      busy += utilisation * replicas * row.seconds;
      requests += requestsIn(row);
    }
  }
  return requests === 0 ? undefined : busy / requests;
}

/** One for every group of spans of like utilisation, with requests enough for the quantile. */
export function observationsOf(spans: readonly Span[], name: string, quantile: number): Observation[] {
  const observations: Observation[] = [];
  const enough = IN_TAIL / (1 - quantile);
  let group: Span[] = [];
  let count = 0;
  const close = () => {
    if (count * (1 - quantile) >= LEAST_IN_TAIL) observations.push(observed(group, name, quantile));
    [group, count] = [[], 0];
  };
  for (const span of spans.toSorted((a, b) => a.utilisation - b.utilisation)) {
    const first = group[0];
    if (first && (count >= enough || span.utilisation - first.utilisation > ALIKE)) close();
    group.push(span);
    count += span.rows.reduce((sum, row) => sum + (row.classes[name]?.count ?? 0), 0);
  }
  close();
  return observations;
}

function observed(group: readonly Span[], name: string, quantile: number): Observation {
  const requests = group.map(({ rows }) =>
    rows.reduce((sum, row) => sum + (row.classes[name]?.count ?? 0), 0),
  );
  const count = requests.reduce((sum, each) => sum + each, 0);
  const utilisation = group.reduce((sum, span, i) => sum + span.utilisation * (requests[i] ?? 0), 0) / count;
  const all = merged(
    group.flatMap(({ rows }) => rows),
    name,
  );
  return { utilisation, seconds: all.quantile(quantile), count };
}
