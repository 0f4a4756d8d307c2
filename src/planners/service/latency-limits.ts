import type { Run } from '../../run.ts';
import type { Finding } from '../findings.ts';
import type { Fits } from '../fits.ts';
import type { ClassLatency } from '../latency-fit.ts';
import type { Facts } from '../observed.ts';
import type { Inputs } from '../types.ts';
import { type Draws, middleOf, type Worlds } from '../worlds.ts';
import { type DeclaredLatency, serversPerReplica } from './declared-servers.ts';
import { DEFAULT_SATURATION, measuredLimits, saturationIn } from './saturation.ts';

export type LatencyQuestion = {
  worlds: Worlds;
  runs: readonly Run[];
  inputs: Inputs;
  /** Cores of a replica. */
  cpu: number;
  measured: { facts: Facts; fits: Fits; latencies: Map<string, ClassLatency[]> } | undefined;
  mix: Readonly<Record<string, number>>;
};

/** What the SLOs leave of a replica: by the latencies of runs, or by the declared one. Throws REFUSED for one that nothing meets. */
export function latencyLimits({ worlds, runs, inputs, cpu, measured, mix }: LatencyQuestion): {
  saturation: Draws;
  declaredLatency: DeclaredLatency | undefined;
  findings: Finding[];
} {
  const { slos, confidence, seed, declared } = inputs;
  const usual = { saturation: worlds.certain(DEFAULT_SATURATION), declaredLatency: undefined, findings: [] };
  if (slos.length === 0) return usual;
  if (measured) {
    const { facts, fits, latencies } = measured;
    const known = { runs, fits, measured: facts.observed.mix, mix, seed, confidence, latencies };
    const { limitsOf, findings } = measuredLimits(worlds, slos, known);
    return { ...usual, saturation: saturationIn(worlds, slos, confidence, limitsOf), findings };
  }
  if (declared.latency === undefined) return usual;
  const latency = worlds.declared('latency', declared.latency);
  const perReplica = serversPerReplica(cpu, middleOf(declared.latency), declared.concurrency);
  return { ...usual, declaredLatency: { latency, slos, perReplica } };
}
