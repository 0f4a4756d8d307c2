import { Gauge, Histogram, type Registry } from 'prom-client';
import { buckets } from '../metrics.ts';

/** What is counted of a pool when the metrics are asked for. */
export type CountedPool = { totalCount: number; idleCount: number; waitingCount: number };

type Labels = { node?: string };
type Member = { pool: CountedPool; labels: Labels };

/** Those of all pools of one registry: a second pool adds series and no metric. */
type PoolMetrics = {
  members: Set<Member>;
  max: Gauge<'node'>;
  acquire: Histogram<'node'>;
  duration: Histogram<'query' | 'node'>;
};

const perRegistry = new WeakMap<Registry, PoolMetrics>();

/** @param node the label of a standby's pool; the first database's has none */
export function countPool(pool: CountedPool, max: number, node: string | undefined, registry: Registry) {
  const metrics = perRegistry.get(registry) ?? createPoolMetrics(registry);
  perRegistry.set(registry, metrics);
  const labels: Labels = node === undefined ? {} : { node };
  metrics.members.add({ pool, labels });
  metrics.max.set(labels, max);
  return {
    startAcquire: () => metrics.acquire.startTimer(labels),
    startQuery: (query: string) => metrics.duration.startTimer({ query, ...labels }),
  };
}

function createPoolMetrics(registry: Registry): PoolMetrics {
  const registers = [registry];
  const members = new Set<Member>();
  new Gauge({
    name: 'db_pool_connections',
    help: 'Database connections of the pool: all, and idle; node names a standby',
    labelNames: ['state', 'node'],
    registers,
    collect() {
      for (const { pool, labels } of members) {
        this.set({ state: 'total', ...labels }, pool.totalCount);
        this.set({ state: 'idle', ...labels }, pool.idleCount);
      }
    },
  });
  new Gauge({
    name: 'db_pool_waiting',
    help: 'Queries waiting for a connection',
    labelNames: ['node'],
    registers,
    collect() {
      for (const { pool, labels } of members) this.set(labels, pool.waitingCount);
    },
  });
  return {
    members,
    max: new Gauge({
      name: 'db_pool_max',
      help: 'Connections the pool may open',
      labelNames: ['node'],
      registers,
    }),
    acquire: new Histogram({
      name: 'db_pool_acquire_seconds',
      help: 'Time to get a connection from the pool',
      labelNames: ['node'],
      buckets: [0.0001, 0.00025, 0.0005, ...buckets],
      registers,
    }),
    duration: new Histogram({
      name: 'db_query_duration_seconds',
      help: 'Time of a query on its connection',
      labelNames: ['query', 'node'],
      buckets: [0.00025, 0.0005, ...buckets],
      registers,
    }),
  };
}
