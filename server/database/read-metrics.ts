import { Counter, Gauge, type Registry } from 'prom-client';
import type { WatchedNodes } from './watched-nodes.ts';

/**
 * Each replica measures for itself: of several, the page shows the worst.
 * @returns counts a read
 */
export function createReadMetrics(registry: Registry, watched: WatchedNodes): (node: string) => void {
  const standbys = (): [name: string, index: number][] =>
    watched.nodes.flatMap(({ name }, index) =>
      index === watched.topology().writer ? [] : [[name, index] as [string, number]],
    );
  const registers = [registry];
  const labelNames = ['node'];
  new Gauge({
    name: 'db_replica_lag_seconds',
    help: 'How far the standby is behind the primary; no series while that is unknown',
    labelNames,
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const [node, index] of standbys()) {
        const lag = watched.lagSeconds(index);
        if (lag !== undefined) this.set({ node }, lag);
      }
    },
  });
  new Gauge({
    name: 'db_replica_usable',
    help: 'Whether reads may go to the standby',
    labelNames,
    aggregator: 'min',
    registers,
    collect() {
      this.reset();
      for (const [node, index] of standbys()) this.set({ node }, Number(watched.usable(index)));
    },
  });
  new Gauge({
    name: 'db_writable',
    help: 'Whether a primary answers',
    aggregator: 'min',
    registers,
    collect() {
      this.set(watched.answeringPrimary() ? 1 : 0);
    },
  });
  const reads = new Counter({
    name: 'db_reads_total',
    help: 'Reads of a user by the database chosen for them',
    labelNames,
    registers,
  });
  return (node) => reads.inc({ node });
}
