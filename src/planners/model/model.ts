import { FxscaleError } from '../../errors.ts';
import { Histogram, parseHistogram } from '../../models/histogram.ts';
import type { EstimatedVariability } from '../../models/service-variability.ts';
import type { SloBreak } from '../../models/slo-break.ts';
import type { Run, RunRow } from '../../run.ts';
import { costOf } from '../cost.ts';
import { walAt } from '../database/wal.ts';
import type { Finding } from '../findings.ts';
import { describeFits, type Fits, fitRuns, warmed } from '../fits.ts';
import { DEFAULT_SEED, describeRuns } from '../inputs.ts';
import { type ClassLatency, fitLatency, unloadedVariability } from '../latency-fit.ts';
import { metersOf, windowsOf } from '../meters.ts';
import { gatherFacts } from '../observed.ts';
import { requestsIn } from '../rows.ts';
import { examineRuns } from '../run-checks.ts';
import { type MemoryDemand, memoryDemand } from '../service/memory.ts';
import type { Demand, Figure, Fit, Inputs, Observed, Resource, Slo, WalPlan } from '../types.ts';
import { modelledBreak } from './modelled-break.ts';
import { measuredBreak, thresholdSlos } from './slo-breaks.ts';

/** What runs tell of the service, as JSON; numbers are in base units, as in a plan. */
export const MODEL_SCHEMA = 'fxscale.model/1';

/** Where one class breaks one target, in requests per second of all classes: as the runs show it, and as modelled. */
export type BreakOfSlo = {
  slo: Slo;
  class: string;
  measured: SloBreak | null;
  modelled: Figure | null;
};

/** A second of a run. Latency in seconds, null in a second without requests. */
export type Moment = { t: number; rate: number; p50: number | null; p99: number | null };

/** Cores of all replicas together from `from` to `to`: used, and as the fit has it for what was completed then. */
export type CpuSpan = { from: number; to: number; used: number; fitted: number };

export type Model = {
  schema: typeof MODEL_SCHEMA;
  runs: Inputs['runs'];
  seed: number;
  observed: Observed;
  demand: Record<string, Partial<Record<Resource, Demand>>>;
  fits: Partial<Record<Resource, Fit>>;
  memory: MemoryDemand | null;
  /** WAL over whole checkpoint cycles at the highest rate that was tested. */
  wal: WalPlan | null;
  latency: ClassLatency[];
  /** How variable the service of each class is, from its latencies at the lowest load; null for too few requests. */
  variability: Record<string, EstimatedVariability | null>;
  slos: BreakOfSlo[];
  /** Of the first run. */
  timeline: Moment[];
  cpu: CpuSpan[];
  findings: Finding[];
};

export type ModelRequest = { slos: readonly Slo[]; seed?: number | undefined };

/**
 * The models that `runs` support, with their quality. Without `slos` the targets are the script's own thresholds.
 * Throws USAGE for an SLO of a class that no run sent, REFUSED for a run in which no request was completed.
 */
export function modelRuns(runs: readonly Run[], request: ModelRequest): Model {
  const seed = request.seed ?? DEFAULT_SEED;
  const empty = runs.find((run) => run.rows.every((row) => requestsIn(row) === 0));
  if (empty) {
    const { id } = empty.header;
    throw new FxscaleError('REFUSED', `run ${id}: no request was completed in it; give one with load`);
  }
  const { fits, findings } = fitRuns(runs, seed);
  const facts = gatherFacts(runs);
  const { observed } = facts;
  const slos = request.slos.length > 0 ? request.slos : thresholdSlos(runs);
  const warm = runs.map(warmed);
  const latency = fitLatency(warm, fits, { seed, quantiles: quantilesFor(slos) });
  const wal = fits.walBytes && walAt(fits.walBytes, observed.testedRate, observed.mix).wal;
  return {
    schema: MODEL_SCHEMA,
    runs: describeRuns(runs),
    seed,
    observed,
    ...describeFits(fits),
    memory: memoryDemand(facts.memory, seed) ?? null,
    wal: wal ?? null,
    latency,
    variability: Object.fromEntries(
      Object.keys(observed.mix).map((name) => [name, unloadedVariability(warm, name) ?? null]),
    ),
    slos: slos.flatMap((slo) => breaksOf(warm, slo, observed, { fits, latency, seed })),
    timeline: (runs[0]?.rows ?? []).map(momentOf),
    cpu: cpuSpans(runs[0], fits),
    findings: [...examineRuns(runs), ...findings],
  };
}

const QUANTILES = [0.5, 0.95, 0.99];

function quantilesFor(slos: readonly Slo[]): number[] {
  return [...new Set([...QUANTILES, ...slos.map(({ quantile }) => quantile)])].sort((a, b) => a - b);
}

type Fitted = { fits: Fits; latency: readonly ClassLatency[]; seed: number };

function breaksOf(
  runs: readonly Run[],
  slo: Slo,
  { mix }: Observed,
  { fits, latency, seed }: Fitted,
): BreakOfSlo[] {
  const names = slo.class === undefined ? Object.keys(mix) : [slo.class];
  return names.map((name) => {
    if (!Object.hasOwn(mix, name)) {
      const known = Object.keys(mix).join(', ');
      throw new FxscaleError('USAGE', `--slo ${name}: no run sent this class; they sent ${known}`);
    }
    const cost = fits.platformCpu && costOf(fits.platformCpu, mix);
    const own = latency.find((each) => each.class === name && each.quantile === slo.quantile)?.fit;
    return {
      slo,
      class: name,
      measured: measuredBreak(runs, name, slo, seed) ?? null,
      modelled: cost && own ? modelledBreak(runs, own, cost, slo.seconds) : null,
    };
  });
}

function momentOf(row: RunRow): Moment {
  const all = new Histogram(7);
  for (const { latency } of Object.values(row.classes)) all.merge(parseHistogram(latency));
  const at = (q: number) => (all.count === 0 ? null : all.quantile(q));
  return { t: row.t, rate: requestsIn(row) / row.seconds, p50: at(0.5), p99: at(0.99) };
}

function cpuSpans(run: Run | undefined, { platformCpu }: Fits): CpuSpan[] {
  const meter = run && metersOf(run).find(({ resource }) => resource === 'platformCpu');
  if (run === undefined || meter === undefined || platformCpu === undefined) return [];
  const { classes, fit } = platformCpu;
  return windowsOf(run, meter, classes).map(({ from, to, idle, counts, used }) => {
    const fitted = counts.reduce(
      (sum, count, k) => sum + count * (fit.demands[k]?.value ?? 0),
      fit.background.value * idle,
    );
    return { from, to, used: used / (to - from), fitted: fitted / (to - from) };
  });
}
