import { Gauge, type Registry } from 'prom-client';

const windowSeconds = 30;

/**
 * The mean of what was observed in the last half minute, which an autoscaler can act on: a histogram since the start
 * would take hours to forget.
 * @param now a clock in milliseconds
 * @returns takes the seconds of one accepted trade
 */
export function processingLatency(
  registry: Registry,
  now: () => number = () => performance.now(),
): (seconds: number) => void {
  const ring = Array.from({ length: windowSeconds }, () => ({ second: -1, sum: 0, count: 0 }));
  const current = (): number => Math.floor(now() / 1000);
  new Gauge({
    name: 'trading_processing_latency',
    help: 'Seconds from an order to its commit, the mean of the last 30 s of this replica; 0 without trades',
    aggregator: 'average',
    registers: [registry],
    collect() {
      const recent = ring.filter(({ second }) => second > current() - windowSeconds);
      const count = recent.reduce((sum, slot) => sum + slot.count, 0);
      this.set(count === 0 ? 0 : recent.reduce((sum, slot) => sum + slot.sum, 0) / count);
    },
  });
  return (seconds) => {
    const second = current();
    const slot = ring[second % windowSeconds];
    if (!slot) return;
    if (slot.second !== second) Object.assign(slot, { second, sum: 0, count: 0 });
    slot.sum += seconds;
    slot.count++;
  };
}
