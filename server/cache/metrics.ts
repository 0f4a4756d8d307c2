import { Counter, Gauge, type Registry } from 'prom-client';

export type CacheMetrics = {
  /** The first level, in the process. */
  askedOwn(found: boolean): void;
  asked(level: 'l2' | 'load', result: 'hit' | 'miss' | 'error'): void;
  invalidated(origin: 'own' | 'other', keys: number): void;
};

/** @param isUp whether Redis is used; without it there is no second level to tell about */
export function cacheMetrics(
  registry: Registry,
  entries: () => number,
  isUp: (() => boolean) | undefined,
): CacheMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'cache_requests_total',
    help: 'Questions to each level of the cache; a miss of one is a question to the next; load/miss found nothing there is',
    labelNames: ['level', 'result'],
    registers,
  });
  const invalidations = new Counter({
    name: 'cache_invalidations_total',
    help: 'Keys invalidated by trades of this process (own) and of others',
    labelNames: ['origin'],
    registers,
  });
  new Gauge({
    name: 'cache_entries',
    help: 'Values in the memory of the process',
    registers,
    collect() {
      this.set(entries());
    },
  });
  if (isUp) {
    new Gauge({
      name: 'cache_l2_up',
      help: '1 while the process uses Redis, 0 while it goes on without; of several replicas the worst',
      aggregator: 'min',
      registers,
      collect() {
        this.set(isUp() ? 1 : 0);
      },
    });
  }
  // A cached quote costs little more than counting it.
  const l1 = { hit: requests.labels('l1', 'hit'), miss: requests.labels('l1', 'miss') };
  return {
    askedOwn: (found) => (found ? l1.hit : l1.miss).inc(),
    asked: (level, result) => requests.labels(level, result).inc(),
    invalidated: (origin, keys) => invalidations.labels(origin).inc(keys),
  };
}
