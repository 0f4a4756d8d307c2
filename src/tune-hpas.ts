import { availableParallelism } from 'node:os';
import { stringify } from 'yaml';
import { autoscaler } from './emit/autoscaler.ts';
import { scaledObject } from './emit/scaled-object.ts';
import { FxscaleError } from './errors.ts';
import { podsNeeded, type World } from './models/world/simulate.ts';
import { linterFor } from './planners/autoscaling/hpa-lint.ts';
import { type Candidate, documentHpa, drawCandidates, RATE_METRIC } from './planners/autoscaling/tune.ts';
import { frontierOf } from './planners/autoscaling/tune-choice.ts';
import type { TunedReport } from './report/tuned.ts';
import type { SimulationInputs } from './simulation-inputs.ts';
import { type Cut, type TuneProgress, tune } from './tune.ts';

export type TuneFlags = {
  candidates: number;
  seeds: number;
  /** Share of the time in which the SLO may be broken. */
  budget: number;
  threads?: number;
  k8s: number;
  seed: number;
  price?: number;
  cut?: Cut;
  signal: AbortSignal;
  /** Called when the candidates are drawn. */
  begin(candidates: number, threads: number): void;
  progress(progress: TuneProgress): void;
};

/** Draws candidates, tries them, and describes what they came to. Throws REFUSED when no pod is fast enough. */
export async function tuneHpas(inputs: SimulationInputs, flags: TuneFlags): Promise<TunedReport> {
  const { candidates: count, seed, seeds, signal, progress } = flags;
  const worlds = Array.from({ length: seeds }, (_, i) => tunable(inputs.world(seed + i)));
  const [world] = worlds as [World];
  const needed = podsNeeded(world);
  const given = inputs.hpas.map(
    ({ name, hpa, scaled }): Candidate => ({ hpa, scaled, floors: [], named: name }),
  );
  const document: Candidate = {
    hpa: documentHpa,
    scaled: null,
    floors: [],
    named: "the platform document's HPA",
  };
  const known = given.some(({ hpa }) => isSame(hpa, document));
  const base = given[0] ?? document;
  const drawn = drawCandidates(base, { world, needed, events: inputs.events }, { count, seed });
  const budget = flags.budget * world.load.rates.length * world.load.seconds;
  const threads = flags.threads ?? Math.max(1, Math.min(availableParallelism(), MOST_THREADS));
  const candidates = [...given, ...(known ? [] : [document]), ...drawn];
  flags.begin(candidates.length, threads);
  const result = await tune(candidates, {
    worlds,
    budget,
    release: flags.k8s,
    threads,
    signal,
    progress,
    ...(flags.cut === undefined ? {} : { cut: flags.cut }),
  });
  const lint = linterFor(world, flags.k8s);
  const surrounded = (candidate: Candidate) => ({
    ...inputs.hpas[0],
    ...inputs.hpas.find(({ name }) => name === candidate.named),
    ...candidate,
  });
  const scores = result.scores.map((score) => ({ ...score, findings: lint(surrounded(score.candidate)) }));
  const frontier = frontierOf(scores.filter(({ abandoned }) => !abandoned));
  const points = scores.filter((score) => frontier.includes(score) || score.candidate.named !== null);
  const { time } = result;
  const chosen = scores.find(({ candidate }) => candidate === result.chosen?.candidate);
  return {
    points: points.toSorted((a, b) => a.podHours - b.podHours),
    frontier,
    chosen,
    tried: result.tried,
    interrupted: result.interrupted,
    slo: world.slo,
    budget: flags.budget * time,
    time,
    seeds,
    podHourPrice: flags.price === undefined ? null : flags.price * world.replica.cpuRequest,
    manifest: chosen === undefined ? '' : stringify(manifestOf(chosen.candidate)),
  };
}

function manifestOf({ hpa, scaled }: Candidate): object {
  return scaled === null ? autoscaler(hpa) : scaledObject(scaled);
}

/** More threads are of no use to a thousand candidates, and take memory. */
const MOST_THREADS = 8;

function isSame(hpa: unknown, { hpa: other }: Candidate): boolean {
  return JSON.stringify(hpa) === JSON.stringify(other);
}

/** Requests one by one would take hours. */
function tunable(world: World): World {
  if (world.replica.variability !== 1)
    throw new FxscaleError(
      'REFUSED',
      'tune needs service times with --variability 1: only for those are its thousand simulations fast',
    );
  return { ...world, engine: 'fluid', sources: new Map([...world.sources, [RATE_METRIC, 'rate']]) };
}
