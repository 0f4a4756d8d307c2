/**
 * The families of the platform's `/metrics` page that rules are written on, as its own page names them. Times are in
 * seconds.
 */
export const REQUESTS = 'http_requests_total';
export const DURATION = 'http_request_duration_seconds';
export const ACQUIRE = 'db_pool_acquire_seconds';

/** Upper ends of the buckets of `DURATION`. */
export const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Whatever clients ask for: not the probes, nor the metrics themselves. */
export const everyClass = 'route=~"/api/.+"';

/** The requests of each class, by method and route. */
const classes: Record<string, string> = {
  quote: 'method="GET",route="/api/prices/:symbol"',
  trade: 'method="POST",route="/api/trading/trades"',
  history: 'method="GET",route="/api/trading/trades"',
  positions: 'method="GET",route="/api/trading/positions/:userId"',
};

/** The matchers of a class; undefined when the page does not tell it from others. */
export function matchersOf(name: string): string | undefined {
  return Object.hasOwn(classes, name) ? classes[name] : undefined;
}

/** Which number the processes that show a family all show: to add them up would count it once for each. */
const shared = new Set([
  'trades_queue_depth',
  'jobs_queue_depth',
  'jobs_oldest_age_seconds',
  'outbox_rows',
  'outbox_age_seconds',
]);

export function isShared(family: string): boolean {
  return shared.has(family);
}

/** Jobs that nobody works on yet, those with a priority included; every worker shows them all. */
export function waitingJobs(queue: string): string {
  return `max(sum by (instance) (jobs_queue_depth{queue="${queue}",state=~"waiting|prioritized|delayed"}))`;
}
