import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { messageOf } from '../errors.ts';
import { type Collector, parseSourceUrl, withoutCredentials } from './collector.ts';
import { countersQuery, OLDEST_VERSION, sizesQuery } from './postgres-queries.ts';

/**
 * Milliseconds. The server gives a statement up before the sampler gives up the sample; the client gives up later,
 * which happens only when the server does not answer at all, and then starts again with a new connection.
 */
const STATEMENT_WITHIN = 600;
const LOCK_WITHIN = 100;
const ANSWER_WITHIN = 3000;
const CLOSE_WITHIN = 500;
/**
 * Seconds from one reading of the sizes to the next: every fifth tick, also when that is a little early. And how many
 * times the reading's own duration that must be at least.
 */
const SIZES_EVERY = 4.5;
const SIZES_SHARE = 100;

const SESSIONS_HIDDEN =
  'connections_active is left out: other roles’ sessions are hidden from this role; grant it pg_read_all_stats';

/**
 * Reads the statistics of the PostgreSQL server (15 or later) and of the database at `address`, a `postgres:` URL; any
 * role that may connect will do. Throws USAGE when the address is not a URL.
 */
export function openPostgres(address: string): Collector {
  const url = parseSourceUrl(address, 'postgres://user@127.0.0.1:5432/database');
  const noticed = new Set<string>();
  const remarks: string[] = [];
  let session: Session | undefined;
  let closedBecause: string | undefined;
  let sizesDue = 0;
  let closed = false;

  function remarkOnce(text: string): void {
    if (!noticed.has(text)) remarks.push(text);
    noticed.add(text);
  }

  async function connect(): Promise<Session> {
    const socket = new Socket();
    const client = newClient(address, socket);
    // Without a listener the loss of an idle connection would end the process.
    client.on('error', (error) => {
      if (session?.client !== client) return;
      closedBecause = messageOf(error);
      session = undefined;
    });
    try {
      await client.connect();
      const { rows } = await client.query('show server_version_num');
      const version = Number(rows[0]?.server_version_num);
      if (version < OLDEST_VERSION) {
        throw new Error(`it is PostgreSQL ${Math.floor(version / 10000)}; 15 is the oldest that can be read`);
      }
      if (closed) throw new Error('it was closed while connecting');
      if (closedBecause) remarks.push(`the connection was lost (${closedBecause}) and opened again`);
      return { client, socket, counters: countersQuery(version) };
    } catch (error) {
      void end({ client, socket });
      throw error;
    }
  }

  async function readSizes({ client }: Session): Promise<Record<string, number>> {
    const begun = performance.now();
    try {
      const { rows } = await client.query({ name: 'fxscale-sizes', text: sizesQuery });
      return numbers(rows[0]);
    } catch (error) {
      if (!isGivenUp(error)) throw error;
      remarkOnce(`the sizes of tables are left out when they cannot be read: ${messageOf(error)}`);
      return {};
    } finally {
      const took = (performance.now() - begun) / 1000;
      sizesDue = performance.now() / 1000 + Math.max(SIZES_EVERY, took * SIZES_SHARE);
    }
  }

  return {
    source: `postgres/${url.host || 'local'}${url.pathname}`,
    url: withoutCredentials(url),
    remarks: () => remarks.splice(0),
    async sample() {
      try {
        const current = session ?? (await connect());
        session = current;
        const sizes = performance.now() / 1000 >= sizesDue ? await readSizes(current) : {};
        // Last, so that the counters are those of the instant at which the sample arrives.
        const { rows } = await current.client.query({ name: 'fxscale-counters', text: current.counters });
        const counters = numbers(rows[0]);
        if (!('connections_active' in counters)) remarkOnce(SESSIONS_HIDDEN);
        closedBecause = undefined;
        return { values: { ...counters, ...sizes } };
      } catch (error) {
        // The sampler notes this failure; the next sample begins with a new connection.
        if (session) void end(session);
        session = undefined;
        closedBecause = undefined;
        throw error;
      }
    },
    async close() {
      closed = true;
      const last = session;
      session = undefined;
      if (last) await end(last);
    },
  };
}

type Session = { client: pg.Client; socket: Socket; counters: string };

function newClient(address: string, socket: Socket): pg.Client {
  return new pg.Client({
    connectionString: address,
    application_name: 'fxscale',
    statement_timeout: STATEMENT_WITHIN,
    lock_timeout: LOCK_WITHIN,
    connectionTimeoutMillis: ANSWER_WITHIN,
    query_timeout: ANSWER_WITHIN,
    stream: () => socket,
  });
}

/** The columns that hold a number; what the role may not see is null. */
function numbers(row: Record<string, unknown> | undefined): Record<string, number> {
  return Object.fromEntries(
    Object.entries(row ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

/** The server gave the statement up: it took too long, waited too long for a lock, or may not look. */
function isGivenUp(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === '57014' || code === '55P03' || code === '42501';
}

/** Says goodbye, but a server that has stopped answering must not keep the process alive. */
async function end({ client, socket }: Pick<Session, 'client' | 'socket'>): Promise<void> {
  let limit: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    limit = setTimeout(resolve, CLOSE_WITHIN);
  });
  await Promise.race([client.end().catch(() => undefined), waited]);
  clearTimeout(limit);
  socket.destroy();
}
