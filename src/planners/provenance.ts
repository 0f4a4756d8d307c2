import type { Run } from '../run.ts';
import { costOf } from './cost.ts';
import type { DatabasePlan } from './database/database.ts';
import { declared } from './declared.ts';
import type { Finding } from './findings.ts';
import type { Fits } from './fits.ts';
import type { Facts } from './observed.ts';
import type { ServicePlan } from './service/service.ts';
import type { StreamPlans } from './streams/streams.ts';
import type { Plan, Resource } from './types.ts';

/** What a plan rests on: measured, declared, or beyond what was tested. */

/** Beyond this multiple of the tested load a straight line is no longer supported by the data. */
export const EXTRAPOLATION = 1.2;
/** The one class of declared figures. */
export const DECLARED_CLASS = 'request';

/** Where the plan asks for more than was tested: of one replica, and of the database as a whole. */
export function extrapolations(
  { facts, fits }: { facts: Facts; fits: Fits },
  load: { peak: number; withEvents: number },
  service: ServicePlan | null,
  extrapolate: boolean,
): Finding[] {
  const { testedRate, replicas } = facts.observed;
  return (Object.keys(fits) as Resource[]).flatMap((resource): Finding[] => {
    const perReplica = resource === 'platformCpu';
    // No replica is planned beyond what was tested unless that was allowed.
    if (perReplica && !extrapolate) return [];
    const from = perReplica ? testedRate / replicas : testedRate;
    const to = perReplica ? load.peak / (service?.replicas.needed ?? 1) : load.withEvents;
    if (to <= from * EXTRAPOLATION) return [];
    return [{ code: 'FIT_EXTRAPOLATES', severity: 'warning', args: { resource, from, to } }];
  });
}

/**
 * Requests per second of `mix` that one replica may be planned to carry: those of the measured mix that it was tested
 * with, and as far above as a straight line is supported, in what they cost of its CPU. Null when that was not measured.
 */
export function testedOf(
  { facts, fits }: { facts: Facts; fits: Fits },
  mix: Readonly<Record<string, number>>,
): number | null {
  if (fits.platformCpu === undefined) return null;
  const { testedRate, replicas, mix: measured } = facts.observed;
  const [then, planned] = [costOf(fits.platformCpu, measured), costOf(fits.platformCpu, mix)];
  if (!(planned.perRequest > 0 && then.perRequest > 0)) return null;
  return (EXTRAPOLATION * testedRate * then.perRequest) / planned.perRequest / replicas;
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
