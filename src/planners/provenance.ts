import type { Run } from '../run.ts';
import type { DatabasePlan } from './database.ts';
import { declared } from './declared.ts';
import type { Finding } from './findings.ts';
import type { Fits } from './fits.ts';
import type { Facts } from './observed.ts';
import type { ServicePlan } from './service.ts';
import type { StreamPlans } from './streams.ts';
import type { Plan, Resource } from './types.ts';

/** What a plan rests on: measured, declared, or beyond what was tested. */

/** Beyond this multiple of the tested load a straight line is no longer supported by the data. */
const EXTRAPOLATION = 1.2;
/** The one class of declared figures. */
export const DECLARED_CLASS = 'request';

/** Where the plan asks for more than was tested: of one replica, and of the database as a whole. */
export function extrapolations(
  { facts, fits }: { facts: Facts; fits: Fits },
  load: { peak: number; withEvents: number },
  service: ServicePlan | null,
): Finding[] {
  const { testedRate, replicas } = facts.observed;
  return (Object.keys(fits) as Resource[]).flatMap((resource): Finding[] => {
    const perReplica = resource === 'platformCpu';
    const from = perReplica ? testedRate / replicas : testedRate;
    const replicasNeeded = service ? Math.max(service.replicas.byCpu, service.replicas.byMemory) : 1;
    const to = perReplica ? load.peak / replicasNeeded : load.withEvents;
    if (to <= from * EXTRAPOLATION) return [];
    return [{ code: 'FIT_EXTRAPOLATES', severity: 'warning', args: { resource, from, to } }];
  });
}

/** The parts of the plan that rest on declared figures. */
function declaredParts(service: ServicePlan | null, { iops, storage, connections }: DatabasePlan): string[] {
  const parts = { cpu: service?.replicas, memory: service?.memory, iops, storage, connections };
  return Object.entries(parts).flatMap(([name, part]) => (part?.basis === 'declared' ? [name] : []));
}

export function declaredFindings(service: ServicePlan | null, database: DatabasePlan): Finding[] {
  const figures = declaredParts(service, database);
  return figures.length === 0 ? [] : [{ code: 'DECLARED_DEFAULTS', severity: 'warning', args: { figures } }];
}

export function basisOf(
  runs: readonly Run[],
  service: ServicePlan | null,
  database: DatabasePlan,
  streams: StreamPlans,
): Plan['basis'] {
  if (runs.length === 0) return 'declared';
  const mixed =
    declaredParts(service, database).length > 0 ||
    database.storage?.currentBasis === 'declared' ||
    Object.values(streams).some((part) => part !== null && part.basis !== 'measured');
  return mixed ? 'mixed' : 'measured';
}

export function declaredDemand(measured: Plan['demand']): Plan['demand'] {
  const value = declared.cpuPerRequest;
  const platformCpu = { value, low: value, high: value, basis: 'declared', separable: true } as const;
  const names = Object.keys(measured).length > 0 ? Object.keys(measured) : [DECLARED_CLASS];
  return Object.fromEntries(names.map((name) => [name, { ...measured[name], platformCpu }]));
}
