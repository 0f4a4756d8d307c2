import type { Run } from '../run.ts';
import type { Binding, SharedResource } from './bottleneck.ts';
import type { Finding } from './findings.ts';
import { serviceSamples } from './meters.ts';
import type { ServicePlan } from './service/service.ts';
import type { KafkaPlan } from './streams/kafka.ts';
import type { StreamPlans } from './streams/streams.ts';
import type { WebsocketsPlan } from './streams/websockets.ts';
import type { Saturation } from './types.ts';

/** Parts of a plan that are right by themselves and wrong together. */
export function crossChecks(parts: {
  kafka: StreamPlans['kafka'];
  websockets: StreamPlans['websockets'];
  runs: readonly Run[];
  service: Pick<ServicePlan, 'hpa'> | null;
  /** Resources in the order in which they are used up. */
  chain: readonly Saturation[];
}): Finding[] {
  const { kafka, websockets, runs, service, chain } = parts;
  const replicas = service?.hpa.spec.maxReplicas ?? null;
  return [
    ...(kafka && replicas !== null && runs.some(consumesItself) ? idleReplicas(kafka, replicas) : []),
    ...(kafka ? fullVolumes(kafka) : []),
    ...(websockets && replicas !== null ? homelessConnections(websockets, replicas) : []),
    ...(replicas === null ? [] : uselessScaling(chain, replicas)),
  ];
}

/** Whether the service's replicas are the consumers: their own pages tell of both. */
function consumesItself(run: Run): boolean {
  return [...serviceSamples(run).values()].some(([first]) =>
    Object.keys(first?.values ?? {}).some((name) => name.startsWith('kafka_consumer_')),
  );
}

/** Replicas that the autoscaler may start, against the partitions that there are for them. */
export function idleReplicas({ groups }: Pick<KafkaPlan, 'groups'>, replicas: number): Finding[] {
  return groups.flatMap(({ group, maximum }): Finding[] => {
    if (replicas <= maximum) return [];
    const args = { replicas, partitions: maximum, group };
    return [{ code: 'REPLICAS_EXCEED_PARTITIONS', severity: 'warning', args }];
  });
}

/** Replicas that the connections need, which no autoscaler sees, against those that it may start. */
export function homelessConnections(
  { connections, replicas: needed }: Pick<WebsocketsPlan, 'connections' | 'replicas'>,
  replicas: number,
): Finding[] {
  if (needed <= replicas) return [];
  const args = { connections: connections.enough, needed, replicas };
  return [{ code: 'CONNECTIONS_EXCEED_REPLICAS', severity: 'warning', args }];
}

/** What is retained, against the disks of the brokers that there are. */
export function fullVolumes({ brokers }: Pick<KafkaPlan, 'brokers'>): Finding[] {
  const { current, disk, broker } = brokers;
  if (current === null || disk <= current * broker.disk) return [];
  const args = { needed: disk, brokers: current, volume: broker.disk };
  return [{ code: 'RETENTION_EXCEEDS_VOLUMES', severity: 'warning', args }];
}

const shared: Record<SharedResource, true> = {
  databaseCpu: true,
  iops: true,
  throughput: true,
  cacheCpu: true,
};

function isShared(resource: Binding): resource is SharedResource {
  return Object.hasOwn(shared, resource);
}

/** The first to be used up is nothing that more replicas bring, and the replicas could do more than it. */
export function uselessScaling(chain: readonly Saturation[], replicas: number): Finding[] {
  const [first] = chain;
  const service = chain.find(({ resource }) => resource === 'platformCpu');
  if (first === undefined || service === undefined || !isShared(first.resource)) return [];
  if (service.atRate <= first.atRate) return [];
  const args = { bound: first.resource, atRate: first.atRate, served: service.atRate, replicas };
  return [{ code: 'SCALING_DOES_NOT_HELP', severity: 'warning', args }];
}
