import { FxscaleError } from '../errors.ts';
import type { Run } from '../run.ts';
import { type Capacity, saturations } from './bottleneck.ts';
import { costFindings, planCost, pricedStreams } from './cost/bill.ts';
import { builtInPrices } from './cost/price-table.ts';
import { type CostModel, costOf, declaredCost, resolveMix, useAt } from './cost.ts';
import { crossChecks } from './cross-checks.ts';
import { planDatabase } from './database/database.ts';
import { walAt } from './database/wal.ts';
import { declared } from './declared.ts';
import type { Finding } from './findings.ts';
import { describeFits, type Fits, fitRuns } from './fits.ts';
import { type CapacityRequest, checkRequest, DEFAULT_SEED, resolveInputs } from './inputs.ts';
import { meanLatency } from './latency.ts';
import { loadIn, middleLoad } from './load.ts';
import { gatherFacts } from './observed.ts';
import { basisOf, DECLARED_CLASS, declaredDemand, declaredFindings, extrapolations } from './provenance.ts';
import { requestsIn } from './rows.ts';
import { examineRuns } from './run-checks.ts';
import { memoryDemand } from './service/memory.ts';
import { memoryCost } from './service/memory-size.ts';
import { planRollout } from './service/rollout.ts';
import type { ServicePlan } from './service/service.ts';
import { type Measured, serviceTier, whatIf } from './service/tier.ts';
import { hasSockets } from './streams/socket-facts.ts';
import { planStreams } from './streams/streams.ts';
import { PLAN_SCHEMA, type Plan, type Resource, type Use } from './types.ts';
import { middleOf, Worlds } from './worlds.ts';

export type { CapacityRequest } from './inputs.ts';

type Load = NonNullable<Plan['load']>;

/**
 * The capacity that `runs`, declared figures, or both ask for: measured values win, resource by resource. The same
 * runs, request and seed give the same plan. Throws USAGE for a request that says too little, REFUSED for what the data
 * cannot support.
 */
export function planCapacity(runs: readonly Run[], request: CapacityRequest = {}): Plan {
  checkRequest(runs, request);
  const findings: Finding[] = [...examineRuns(runs)];
  const measured = measure(runs, request.seed ?? DEFAULT_SEED, findings);
  const { inputs, findings: assumed } = resolveInputs(
    runs,
    request,
    measured?.facts.observed.testedRate ?? null,
  );
  findings.push(...assumed);
  const worlds = new Worlds(inputs.worlds, inputs.seed);
  const carried = loadIn(worlds, inputs, () => mixOf(request, measured));
  const load = carried && middleLoad(carried);
  const { fits: fitted, wal } = fitsAt(measured?.fits ?? {}, load);
  const costs = load ? costsOf(fitted, load.mix) : {};
  const question = carried && { worlds, runs, inputs, request, measured, carried, costs };
  const service = question && serviceTier({ ...question, findings });
  const prices = request.prices ?? builtInPrices;
  const database = planDatabase({
    worlds,
    inputs,
    costs,
    fits: fitted,
    facts: measured?.facts,
    wal,
    load: carried,
    average: request.traffic === undefined ? null : worlds.certain(request.traffic.mean),
    prices,
    tradeClass: measured && tradeClassOf(measured.fits),
    replicas: service && { needed: service.replicas.needed, maximum: mostReplicas(service) },
  });
  const rollout = service && planRollout(service, database.connections, inputs.startup);
  findings.push(...database.findings, ...(rollout?.findings ?? []));
  if (load && measured) findings.push(...extrapolations(measured, load, service, inputs.extrapolate));
  findings.push(...declaredFindings(service, database));
  const streams = planStreams({
    worlds,
    inputs,
    load: carried,
    measurements: load && runs.length > 0 ? { runs, mix: load.mix, seed: inputs.seed } : null,
    testedRate: measured?.facts.observed.testedRate ?? null,
    replica: service && { cpu: service.cpu.request, limit: service.memory.limit, memory: measured?.memory },
  });
  findings.push(...streams.findings);
  const cost = planCost({
    ...database,
    prices,
    replicas: service?.replicas ?? null,
    cpu: service?.cpu ?? null,
    memory: service?.memory ?? null,
    volume: database.iops?.volume ?? null,
    others: pricedStreams(streams.plans),
  });
  findings.push(...costFindings(cost));
  const capacities = [
    ...serviceCapacities(service, costs, latencyOf(request, measured)),
    ...database.capacities,
    ...streams.capacities,
  ];
  const chain = saturations(capacities);
  findings.push(...crossChecks({ ...streams.plans, runs, service, chain }));
  // What the model tells of a leak is more than that memory was still rising.
  const leaks = findings.some(({ code }) => code === 'MEMORY_LEAKS');
  const told = findings.filter(({ code }) => !leaks || code !== 'MEMORY_STILL_RISING');
  const { demand, fits } = describeFits(fitted);
  return {
    schema: PLAN_SCHEMA,
    basis: basisOf(runs, service, database, streams.plans),
    inputs,
    observed: measured?.facts.observed ?? null,
    load,
    demand: service?.replicas.basis === 'declared' ? { ...demand, ...declaredDemand(demand) } : demand,
    fits,
    atPeak: load ? peakUse(costs, load, service) : {},
    replicas: service?.replicas ?? null,
    cpu: service?.cpu ?? null,
    memory: service?.memory ?? null,
    resources: service?.resources ?? null,
    rollout: rollout?.plan ?? null,
    hpa: service?.hpa ?? null,
    autoscaling: null,
    iops: database.iops,
    wal,
    storage: database.storage,
    connections: database.connections,
    database: database.database,
    databaseMemory: database.databaseMemory,
    readReplicas: database.readReplicas,
    postgres: database.postgres,
    cost,
    ...streams.plans,
    bottleneck: chain[0] ?? null,
    saturations: chain,
    whatIf: question ? whatIf(question) : [],
    findings: told,
  };
}

/** What the runs tell; undefined without runs. Throws REFUSED when no request of them was completed. */
function measure(runs: readonly Run[], seed: number, findings: Finding[]): Measured | undefined {
  if (runs.length === 0) return undefined;
  const without = runs.filter((run) => run.rows.every((row) => requestsIn(row) === 0));
  const empty = without.length === runs.length ? without[0] : without.find((run) => !hasSockets(run));
  if (empty) {
    throw new FxscaleError(
      'REFUSED',
      `run ${empty.header.id}: no request was completed in it; give one with load`,
    );
  }
  const { fits, findings: remarks } = fitRuns(runs, seed);
  findings.push(...remarks);
  const facts = gatherFacts(runs);
  return {
    facts,
    fits,
    latency: meanLatency(runs),
    latencies: new Map(),
    memory: memoryDemand(facts.memory, seed),
  };
}

function mixOf(request: CapacityRequest, measured: Measured | undefined): Record<string, number> {
  if (measured === undefined) return { [DECLARED_CLASS]: 1 };
  return resolveMix(request.mix, measured.facts.observed.mix, measured.fits);
}

/** What depends on the load in the fits: the images of whole pages in the log, at the top of the strongest event. */
function fitsAt(fits: Fits, load: Load | null): { fits: Fits; wal: Plan['wal'] } {
  if (fits.walBytes === undefined || load === null) return { fits, wal: null };
  const { fitted, wal } = walAt(fits.walBytes, load.withEvents, load.mix);
  return { fits: { ...fits, walBytes: fitted }, wal };
}

function costsOf(fits: Fits, mix: Load['mix']): Partial<Record<Resource, CostModel>> {
  return Object.fromEntries(
    Object.entries(fits).map(([resource, fitted]) => [resource, costOf(fitted, mix)]),
  );
}

/** The measured mean, or the declared one: with a run the declared one is only compared. */
function latencyOf(request: CapacityRequest, measured: Measured | undefined): number | undefined {
  return measured?.latency ?? (request.latency && middleOf(request.latency));
}

/** The most that the autoscalers of all regions may start. */
function mostReplicas({ replicas, hpa }: ServicePlan): number {
  return hpa.spec.maxReplicas * (replicas.regions?.count ?? 1);
}

/** The class that writes: the one that makes the database grow most. */
function tradeClassOf({ growthBytes }: Fits): string | undefined {
  if (growthBytes === undefined) return undefined;
  const values = growthBytes.fit.demands.map(({ value }) => value);
  const largest = Math.max(...values);
  return largest > 0 ? growthBytes.classes[values.indexOf(largest)] : undefined;
}

function peakUse(
  costs: Partial<Record<Resource, CostModel>>,
  load: Load,
  service: ServicePlan | null,
): Partial<Record<Resource, Use>> {
  const replicas = service?.replicas.needed ?? 1;
  const models: [string, CostModel][] = Object.entries(costs);
  if (service && costs.platformCpu === undefined)
    models.push(['platformCpu', declaredCost(declared.cpuPerRequest)]);
  return Object.fromEntries(
    models.map(([resource, model]) => [
      resource,
      resource === 'platformCpu' ? useAt(model, load.peak, replicas) : useAt(model, load.withEvents),
    ]),
  );
}

/** What all replicas that the autoscaler may start have together. */
function serviceCapacities(
  service: ServicePlan | null,
  costs: Partial<Record<Resource, CostModel>>,
  latency: number | undefined,
): Capacity[] {
  if (service === null) return [];
  const units = mostReplicas(service);
  const { request, saturation } = service.cpu;
  const cpu: Capacity = {
    resource: 'platformCpu',
    model: costs.platformCpu ?? declaredCost(declared.cpuPerRequest),
    available: units * request * saturation,
    units,
  };
  const memory = memoryCost(service.memory, latency);
  if (memory === undefined) return [cpu];
  return [cpu, { resource: 'platformMemory', model: memory, available: units * service.memory.limit, units }];
}
