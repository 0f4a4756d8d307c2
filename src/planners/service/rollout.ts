import { KEPT_BACK } from '../database/connections.ts';
import type { ConnectionPlan } from '../database/plan.ts';
import { ceilCount } from '../declared.ts';
import type { Finding } from '../findings.ts';
import type { ServicePlan } from './service.ts';

/** Replacing every replica by one of another build while the load goes on, in one region after the other. */
export type RolloutPlan = {
  maxUnavailable: 0;
  /** Replicas that are started before as many are stopped. */
  maxSurge: number;
  /** What a cluster must have room for at the peak, beside everything else: replicas, their cores and bytes. */
  replicas: number;
  cpu: number;
  memory: number;
  /** Until all are replaced. */
  seconds: number;
};

/** As Kubernetes does it unless told otherwise. */
const SURGE = 0.25;

/**
 * What a rolling update takes: none is stopped before another answers, so that the loss that the plan survives may still
 * come. The surge is a quarter, or what `connections` of the database leave room for when every replica of the autoscaler runs.
 */
export function planRollout(
  { replicas, cpu, memory, hpa }: Pick<ServicePlan, 'replicas' | 'cpu' | 'memory' | 'hpa'>,
  connections: ConnectionPlan | null,
  startup: number,
): { plan: RolloutPlan; findings: Finding[] } {
  const [count, places] = [replicas.regions?.perRegion ?? replicas.recommended, replicas.regions?.count ?? 1];
  const usual = Math.max(1, ceilCount(count * SURGE));
  const room = roomFor(connections, hpa.spec.maxReplicas * places);
  const maxSurge = Math.max(1, Math.min(usual, room ?? usual));
  const running = replicas.recommended + maxSurge;
  const plan: RolloutPlan = {
    maxUnavailable: 0,
    maxSurge,
    replicas: running,
    cpu: running * cpu.request,
    memory: running * memory.request,
    seconds: Math.ceil(count / maxSurge) * startup * places,
  };
  // Where not even the pools of the replicas fit, that is said already.
  if (room === undefined || room < 0 || room >= usual) return { plan, findings: [] };
  const args = { usual, surge: maxSurge, room, max: connections?.maxConnections ?? 0 };
  return { plan, findings: [{ code: 'SURGE_EXCEEDS_MAX_CONNECTIONS', severity: 'warning', args }] };
}

/** Replicas more than `maximum` whose pools the database accepts; undefined where that is not known. */
function roomFor(connections: ConnectionPlan | null, maximum: number): number | undefined {
  const { maxConnections = null, poolPerReplica = null } = connections ?? {};
  if (maxConnections === null || poolPerReplica === null) return undefined;
  return Math.floor((maxConnections - KEPT_BACK) / poolPerReplica) - maximum;
}
