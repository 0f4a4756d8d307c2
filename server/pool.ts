import type { Readable } from 'node:stream';
import pg from 'pg';
import { Gauge, Histogram, type Registry } from 'prom-client';
import { ApiError } from './errors.ts';
import { buckets } from './metrics.ts';
import { RowStream } from './row-stream.ts';

/** A query with the name it is prepared, timed and logged under. */
export type Statement = { name: string; text: string };

export type Database = {
  query<Row extends pg.QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]>;
  /** Rows as they come. Holds a connection until the stream closes; destroying it stops the query. */
  stream(statement: Statement, values: unknown[]): Promise<Readable>;
  /** Waits for queries under way. */
  close(): Promise<void>;
};

export type DatabaseOptions = {
  url: string;
  /** Connections at most. */
  max: number;
  registry: Registry;
  log: { warn(fields: object, message: string): void };
  /** Seconds to wait for a free connection, then 503. */
  acquireSeconds?: number;
  /** Queries that take longer are logged, by name and without parameters. */
  slowSeconds?: number;
};

/**
 * A pool of connections. TLS is asked for in the URL: `?sslmode=verify-full` (with `&sslrootcert=FILE` for a private
 * authority) checks the certificate and the host name.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { max, log, acquireSeconds = 5, slowSeconds = 0.25 } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max,
    connectionTimeoutMillis: acquireSeconds * 1000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    options: '-c timezone=UTC',
    application_name: 'fx-platform',
    types: { getTypeParser },
  });
  // A connection that breaks emits `error`, which without a listener would end the process. The pool drops it.
  pool.on('error', (error) => log.warn({ reason: error.message }, 'idle database connection lost'));
  pool.on('connect', (client) => client.on('error', () => undefined));
  const { acquire, duration } = poolMetrics(pool, max, options.registry);
  // Streams hold a connection for as long as their reader likes: some are kept back for everything else.
  const maxStreams = Math.max(1, Math.floor(max / 2));
  let streams = 0;

  async function connect(): Promise<pg.PoolClient> {
    const stop = acquire.startTimer();
    try {
      return await pool.connect();
    } finally {
      stop();
    }
  }

  return {
    async query<Row extends pg.QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]> {
      const client = await connect();
      const stop = duration.startTimer({ query: statement.name });
      try {
        return (await client.query<Row>({ ...statement, values })).rows;
      } finally {
        client.release();
        const seconds = stop();
        if (seconds > slowSeconds) log.warn({ query: statement.name, seconds }, 'slow query');
      }
    },

    async stream(statement, values) {
      if (streams >= maxStreams) {
        throw new ApiError('TOO_MANY_STREAMS', `at most ${maxStreams} streams at a time`);
      }
      streams++;
      let counted = true;
      const leave = (): void => {
        if (counted) streams--;
        counted = false;
      };
      try {
        const client = await connect();
        const rows = client.query(new RowStream(client, statement.text, values, { getTypeParser }));
        // The reader may see the end, and ask for the next stream, before the connection is free.
        rows.once('end', leave).once('close', leave);
        rows.once('close', () => client.release());
        return rows;
      } catch (error) {
        leave();
        throw error;
      }
    },

    close: () => pool.end(),
  };
}

function poolMetrics(pool: pg.Pool, max: number, registry: Registry) {
  const registers = [registry];
  new Gauge({
    name: 'db_pool_connections',
    help: 'Database connections of the pool: all, and idle',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'total' }, pool.totalCount);
      this.set({ state: 'idle' }, pool.idleCount);
    },
  });
  new Gauge({
    name: 'db_pool_waiting',
    help: 'Queries waiting for a connection',
    registers,
    collect() {
      this.set(pool.waitingCount);
    },
  });
  new Gauge({ name: 'db_pool_max', help: 'Connections the pool may open', registers }).set(max);
  return {
    acquire: new Histogram({
      name: 'db_pool_acquire_seconds',
      help: 'Time to get a connection from the pool',
      buckets: [0.0001, 0.00025, 0.0005, ...buckets],
      registers,
    }),
    duration: new Histogram({
      name: 'db_query_duration_seconds',
      help: 'Time of a query on its connection',
      labelNames: ['query'],
      buckets: [0.00025, 0.0005, ...buckets],
      registers,
    }),
  };
}

/** `numeric` stays text, as pg has it; a timestamp keeps its microseconds, which a Date would cut off. */
const getTypeParser: typeof pg.types.getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.TIMESTAMPTZ && format !== 'binary'
    ? isoTimestamp
    : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser;

/** `2026-01-02 03:04:05.678901+00` as ISO 8601. */
export function isoTimestamp(text: string): string {
  return text.endsWith('+00') ? `${text.slice(0, 10)}T${text.slice(11, -3)}Z` : new Date(text).toISOString();
}
