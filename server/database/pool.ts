import type { Readable } from 'node:stream';
import pg from 'pg';
import type { Registry } from 'prom-client';
import { ApiError } from '../http/errors.ts';
import { countPool } from './pool-metrics.ts';
import { noAnswer, RowStream } from './row-stream.ts';

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
  /** Label of this pool's metrics, where a process has several. */
  node?: string;
  /** Seconds to wait for a free connection, then 503. */
  acquireSeconds?: number;
  /** Seconds to wait for the result of a query, or the next rows of a stream, then 503: a server that hangs. */
  answerSeconds?: number;
  /** Queries that take longer are logged, by name and without parameters. */
  slowSeconds?: number;
};

/**
 * A pool of connections. TLS is asked for in the URL: `?sslmode=verify-full` (with `&sslrootcert=FILE` for a private
 * authority) checks the certificate and the host name.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const { max, log, acquireSeconds = 5, answerSeconds = 10, slowSeconds = 0.25 } = options;
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
  const metrics = countPool(pool, max, options.node, options.registry);
  // Streams hold a connection for as long as their reader likes: some are kept back for everything else.
  const maxStreams = Math.max(1, Math.floor(max / 2));
  let streams = 0;

  async function connect(): Promise<pg.PoolClient> {
    const stop = metrics.startAcquire();
    try {
      return await pool.connect();
    } finally {
      stop();
    }
  }

  return {
    async query<Row extends pg.QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]> {
      const client = await connect();
      const stop = metrics.startQuery(statement.name);
      let broken = false;
      try {
        const query = { ...statement, values, query_timeout: answerSeconds * 1000 };
        return (await client.query<Row>(query)).rows;
      } catch (error) {
        // The answer may still come: nobody else may get it.
        broken = error instanceof Error && error.message === noAnswer;
        throw error;
      } finally {
        client.release(broken);
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
        const config = { types: { getTypeParser }, answerSeconds };
        const rows = client.query(new RowStream(client, statement.text, values, config));
        // The reader may see the end, and ask for the next stream, before the connection is free.
        rows.once('end', leave).once('close', leave);
        rows.once('close', () => client.release(rows.errored ?? undefined));
        return rows;
      } catch (error) {
        leave();
        throw error;
      }
    },

    close: () => pool.end(),
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
