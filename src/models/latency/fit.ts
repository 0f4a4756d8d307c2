import { curveAt, throttledCurve } from '../throttling/curve.ts';
import { quotaOf } from '../throttling/quota.ts';
import type { Observation } from './observation.ts';
import {
  type LatencyModel,
  latencyOf,
  type ModelName,
  mg1Shape,
  mmcShape,
  odds,
  waitShape,
} from './shapes.ts';
import { leastNear, leastOf, level, line, lossOf } from './solve.ts';

/** What is known of the replica beside its latencies. */
export type Replica = {
  /** The quantile that was observed, 0 to 1. */
  readonly quantile: number;
  /** Mean time of a server that a request needs, seconds: utilisation over rate. */
  readonly service: number;
  /** Requests that it can work on at once, where that is known: 1 for a Node process. */
  readonly servers?: number;
  /** Its CPU limit in cores. */
  readonly cores?: number;
  /** Of the simulation of a throttled replica. */
  readonly seed: number;
};

/** A way to fit one model: `parameters` are counted so that the simpler of two equals is chosen. */
export type Candidate = {
  readonly model: ModelName;
  readonly parameters: number;
  fit(observations: readonly Observation[]): LatencyModel;
};

const VARIABILITIES = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16];
const THROTTLED_VARIABILITIES = [0, 0.5, 1, 3];
const SERVERS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/** The models that may describe this replica; one with a limit that its threads cannot reach is not throttled. */
export function candidatesFor(replica: Replica): Candidate[] {
  const { quantile: q, service, servers } = replica;
  const counts = servers === undefined ? SERVERS : [servers];
  const unknown = servers === undefined ? 1 : 0;
  const shapes = {
    mg1: remembered(mg1Shape, q),
    mmc: remembered(mmcShape, q),
    wait: remembered(waitShape, q),
  };
  const loss = (observations: readonly Observation[]) => (latency: LatencyModel) =>
    lossOf(observations, (u) => latencyOf(latency, q, u));
  return [
    {
      model: 'processor-sharing',
      parameters: 1,
      fit(observations) {
        const [, unloaded] = line(observations, (u) => 1 / (1 - u), { base: false });
        return { model: 'processor-sharing', unloaded };
      },
    },
    {
      model: 'mmc',
      parameters: 1 + unknown,
      fit(observations) {
        const all = counts.map((c): LatencyModel => {
          const [, slope] = line(observations, (u) => shapes.mmc(c, u), { base: false });
          return { model: 'mmc', service: slope, servers: c };
        });
        return leastOf(all, loss(observations));
      },
    },
    {
      model: 'mg1',
      parameters: 2,
      fit(observations) {
        const baseFor = (variability: number) =>
          level(
            observations,
            (u) => service * shapes.mg1(variability, u),
            -service * shapes.mg1(variability, 0),
          );
        const variability = leastNear(VARIABILITIES, (each) => {
          const base = baseFor(each);
          return lossOf(observations, (u) => base + service * shapes.mg1(each, u));
        });
        return { model: 'mg1', base: baseFor(variability), service, variability };
      },
    },
    {
      model: 'allen-cunneen',
      parameters: 2 + unknown,
      fit(observations) {
        const all = counts.map((c): LatencyModel => {
          const [base, slope] = line(observations, (u) => shapes.wait(c, u), { base: true });
          return { model: 'allen-cunneen', base, service, servers: c, variability: slope / service };
        });
        return leastOf(all, loss(observations));
      },
    },
    {
      model: 'empirical',
      parameters: 2,
      fit(observations) {
        const [base, slope] = line(observations, odds, { base: true });
        const at = Math.min(...observations.map(({ utilisation }) => utilisation));
        const floor = base + slope * odds(at);
        return { model: 'empirical', floor, at, k: slope / floor };
      },
    },
    ...throttled(replica),
  ];
}

function throttled({ quantile, service, servers = 1, cores, seed }: Replica): Candidate[] {
  if (cores === undefined || cores >= servers) return [];
  const limit = { ...quotaOf(cores), threads: servers };
  // In CPU seconds: `service` is what a request would need of a server that is as slow as the limit.
  const mean = service * cores;
  const curves = THROTTLED_VARIABILITIES.map((variability) => ({
    variability,
    curve: throttledCurve(limit, { mean, variability }, quantile, seed),
  }));
  return [
    {
      model: 'throttled',
      // Its variability is one of a few, and it alone knows what happens above a load that does not use the quota up.
      parameters: 1,
      fit(observations) {
        const all = curves.map(({ variability, curve }): LatencyModel => {
          const base = level(observations, (u) => curveAt(curve, u), -curveAt(curve, 0));
          return { model: 'throttled', base, service: mean, variability, cores, threads: servers, curve };
        });
        return leastOf(all, (latency) => lossOf(observations, (u) => latencyOf(latency, quantile, u)));
      },
    },
  ];
}

/** Quantiles of a queue are found by search, and every fit asks for those at the same utilisations. */
function remembered(shape: (parameter: number, q: number, utilisation: number) => number, q: number) {
  const known = new Map<string, number>();
  return (parameter: number, utilisation: number): number => {
    const key = `${parameter} ${utilisation}`;
    const value = known.get(key) ?? shape(parameter, q, utilisation);
    known.set(key, value);
    return value;
  };
}
