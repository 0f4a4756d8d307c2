import { loadavg } from 'node:os';
import { Gauge, type Registry } from 'prom-client';
import type { Reads } from '../database/reads.ts';
import type { Quotes } from './quotes.ts';
import { activeUsers, everybody, tradedDollars } from './statistics.ts';

/**
 * The page tells what was computed last; who asks starts the next computation when that is as old as this. It is less
 * than the pool keeps an idle connection: with a new one each time, a computation costs a replica 25 ms instead of two.
 */
const refreshMs = 20_000;
/** Older figures are not told. */
const staleMs = 120_000;
const activeMs = 15 * 60_000;

type Figures = { volume: number; users: number; at: number };

/** Figures of the business, from the tables: the same for all replicas, so that their page must not add them up. */
export function businessMetrics(registry: Registry, reads: Reads, quotes: Quotes): void {
  let figures: Figures | undefined;
  let asked = Number.NEGATIVE_INFINITY;

  async function compute(): Promise<void> {
    const at = Date.now();
    const database = reads.for(everybody);
    const volume = Number(await tradedDollars(database, quotes, new Date(at).setUTCHours(0, 0, 0, 0)));
    figures = { volume, users: await activeUsers(database, at - activeMs), at };
  }

  /** Never waits: a scrape must not hang on a database that does not answer. */
  function told(): Figures | undefined {
    const now = Date.now();
    if (now - asked >= refreshMs) {
      asked = now;
      compute().catch(() => undefined);
    }
    return figures && now - figures.at < staleMs ? figures : undefined;
  }

  function gauge(name: string, help: string, value: (known: Figures) => number): void {
    new Gauge({
      name,
      help,
      aggregator: 'max',
      registers: [registry],
      collect() {
        const known = told();
        if (known) this.set(value(known));
        else this.remove();
      },
    });
  }

  gauge(
    'daily_trade_volume_usd',
    'US dollars traded since 00:00 UTC, up to 20 s and a scrape ago; absent while the database is away',
    ({ volume }) => volume,
  );
  gauge(
    'active_users_total',
    'Users with a trade in the last 15 minutes: a gauge in spite of its name; absent while the database is away',
    ({ users }) => users,
  );
  new Gauge({
    name: 'system_load_average',
    help: 'Load average of the machine over one minute',
    aggregator: 'max',
    registers: [registry],
    collect() {
      this.set(loadavg()[0] ?? 0);
    },
  });
  told();
}
