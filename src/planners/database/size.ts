import { DATABASE_UTILISATION } from '../bottleneck.ts';
import type { CostModel } from '../cost.ts';
import type { Finding } from '../findings.ts';
import type { Fits } from '../fits.ts';
import type { Load } from '../load.ts';
import type { Facts } from '../observed.ts';
import type { Inputs, Resource } from '../types.ts';
import { enoughAt, spreadOf, type Worlds } from '../worlds.ts';
import { useIn } from './io-demand.ts';
import type { DatabaseSize, ReadReplicas } from './plan.ts';
import { declaredReads, MOST_CORES, planReplicas, readCost, readersOf } from './read-replicas.ts';

export type SizeRequirement = {
  inputs: Inputs;
  costs: Partial<Record<Resource, CostModel>>;
  fits: Fits;
  facts: Facts | undefined;
  load: Load | null;
};

/** Cores of the database, and the replicas that take reads from it; null where its CPU was not measured. */
export function planSize(
  worlds: Worlds,
  { inputs, costs, fits, facts, load }: SizeRequirement,
): { plan: DatabaseSize | null; replicas: ReadReplicas | null; findings: Finding[] } {
  const { confidence, database: options } = inputs;
  const least = options.readReplicas ?? 0;
  const model = costs.databaseCpu;
  if (!model || !fits.databaseCpu || !facts || load === null) {
    return { plan: null, replicas: least === 0 ? null : statedReplicas(least), findings: [] };
  }
  const rate = load.withEvents;
  const used = useIn(worlds, 'databaseCpu', model, rate);
  const required = enoughAt(used, confidence);
  const recommended = required / DATABASE_UTILISATION;
  const cores = options.cores ?? MOST_CORES;
  const stated = options.readShare;
  const classes = stated === undefined ? readersOf(fits) : [];
  const reads =
    stated === undefined
      ? useIn(worlds, 'databaseCpu', readCost(fits.databaseCpu, load.mix, classes), rate)
      : declaredReads(worlds, used, stated);
  const basis = stated === undefined ? 'measured' : 'declared';
  const replicas = planReplicas(worlds, { used, reads, classes, basis, cores, least, confidence });
  const findings: Finding[] = [];
  const available = options.cores ?? facts.cpus;
  // What is said of replicas says it too.
  if (recommended > available && replicas.findings.length === 0) {
    const args = { required: recommended, cores: available };
    findings.push({ code: 'DATABASE_CPU_SHORT', severity: 'warning', args });
  }
  const plan: DatabaseSize = {
    required,
    spread: spreadOf(used),
    recommended,
    available,
    machine: replicas.plan.count > least ? cores : recommended,
    basis: 'measured',
  };
  return { plan, replicas: replicas.plan, findings: [...findings, ...replicas.findings] };
}

function statedReplicas(count: number): ReadReplicas {
  return {
    count,
    spread: { p5: count, p50: count, p95: count },
    readShare: null,
    classes: [],
    basis: 'declared',
  };
}
