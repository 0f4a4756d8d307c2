import { FxscaleError } from '../../errors.ts';
import type { Run } from '../../run.ts';
import { type CostModel, declaredCost } from '../cost.ts';
import { declared } from '../declared.ts';
import type { Finding } from '../findings.ts';
import type { Fits } from '../fits.ts';
import type { CapacityRequest } from '../inputs.ts';
import type { ClassLatency } from '../latency-fit.ts';
import type { Load } from '../load.ts';
import type { Facts } from '../observed.ts';
import { testedOf } from '../provenance.ts';
import type { Inputs, Resource } from '../types.ts';
import { type Change, changesOf, inputsAfter, loadAfter, type WhatIf } from '../what-if.ts';
import { type Draws, middleOf, type Worlds } from '../worlds.ts';
import { latencyLimits } from './latency-limits.ts';
import type { MemoryDemand } from './memory.ts';
import { plannedService } from './planned-service.ts';
import { planService, type ServicePlan } from './service.ts';

/** What the runs tell. `latencies` holds the fits that were asked for already, by quantiles and classes. */
export type Measured = {
  facts: Facts;
  fits: Fits;
  latency: number;
  latencies: Map<string, ClassLatency[]>;
  memory: MemoryDemand | undefined;
};

export type ServiceQuestion = {
  worlds: Worlds;
  runs: readonly Run[];
  inputs: Inputs;
  request: CapacityRequest;
  measured: Measured | undefined;
  carried: Load;
  costs: Partial<Record<Resource, CostModel>>;
  findings: Finding[];
};

/** The service tier of the plan. Throws REFUSED when no count of replicas is enough. */
export function serviceTier(question: ServiceQuestion): ServicePlan {
  const { worlds, runs, inputs, request, measured, carried, costs, findings } = question;
  const observed = measured?.facts.observed;
  const cpu = request.replicaCpu ?? observed?.replicaCpu ?? declared.replicaCpu;
  if (measured && request.replicaCpu === undefined && observed?.replicaCpu === null) {
    findings.push({ code: 'ASSUMED_REPLICA_CPU', severity: 'warning', args: { cpu } });
  }
  if (measured && request.latency !== undefined) {
    const args = { flag: '--latency', declared: middleOf(request.latency), measured: measured.latency };
    findings.push({ code: 'MEASURED_WINS', severity: 'info', args });
  }
  const limits = latencyLimits({ worlds, runs, inputs, cpu, measured, mix: carried.mix });
  const singleThread = measured?.facts.singleThread ?? false;
  const service = planService({
    worlds,
    inputs,
    availabilityStated: request.availability !== undefined,
    cost: costs.platformCpu ?? declaredCost(declared.cpuPerRequest),
    load: carried,
    ...limits,
    tested: measured && !inputs.extrapolate ? testedOf(measured, carried.mix) : null,
    cpu,
    singleThread,
    threads: singleThread ? 1 : (measured?.facts.cpus ?? Number.POSITIVE_INFINITY),
    service: () => measured && plannedService(measured.fits, carried.mix, runs),
    testedCpu: observed?.replicaCpu ?? null,
    memory: measured?.memory && { demand: measured.memory, readings: measured.facts.memory },
    memoryLimit: request.replicaMemory,
    restartEvery: request.restartEvery,
    latency: latencyIn(worlds, request, measured),
  });
  findings.push(...limits.findings, ...service.findings);
  return service;
}

function latencyIn(
  worlds: Worlds,
  request: CapacityRequest,
  measured: Measured | undefined,
): Draws | undefined {
  if (measured) return worlds.certain(measured.latency);
  return request.latency === undefined ? undefined : worlds.declared('latency', request.latency);
}

/** Replicas that each change would take, from the same measurements. */
export function whatIf(question: Omit<ServiceQuestion, 'findings'>): WhatIf[] {
  return changesOf(question.inputs).map((change) => ({ change, replicas: replicasAfter(change, question) }));
}

/** Null where the plan would be refused. */
function replicasAfter(change: Change, question: Omit<ServiceQuestion, 'findings'>): number | null {
  const { inputs, carried, request } = question;
  const changed = {
    ...question,
    inputs: inputsAfter(change, inputs),
    carried: loadAfter(change, carried),
    request: change.kind === 'availability' ? { ...request, availability: change.to } : request,
    findings: [],
  };
  try {
    return serviceTier(changed).replicas.recommended;
  } catch (error) {
    if (error instanceof FxscaleError && error.code === 'REFUSED') return null;
    throw error;
  }
}
