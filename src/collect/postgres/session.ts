import { Socket } from 'node:net';
import pg from 'pg';
import { OLDEST_VERSION } from './counters.ts';
import type { Row, Server } from './part.ts';
import { OWN_MARK } from './statements.ts';

/**
 * Milliseconds. The server gives a statement up before the sampler gives up the sample; the client gives up later,
 * which happens only when the server does not answer at all, and then starts again with a new connection.
 */
const STATEMENT_WITHIN = 600;
const LOCK_WITHIN = 100;
const ANSWER_WITHIN = 3000;
const CLOSE_WITHIN = 500;

export type Session = {
  server: Server;
  /** When the server started, seconds of its clock. */
  started: number;
  /** A statement that is prepared under its name the first time. */
  ask(name: string, text: string, parameters: unknown[]): Promise<Row[]>;
  /** Says goodbye, but a server that has stopped answering must not keep the process alive. */
  end(): Promise<void>;
};

const about = `select current_setting('server_version_num')::int as version,
  extract(epoch from pg_postmaster_start_time())::float8 as started,
  has_function_privilege('pg_control_checkpoint()', 'execute') as control,
  (select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements') as schema,
  (select extversion from pg_extension where extname = 'pg_stat_statements') as extension,
  current_setting('pg_stat_statements.max', true) is not null as loaded`;

/** Connects; `onLost` is called when the connection ends before `end`. */
export async function openSession(address: string, onLost: (error: Error) => void): Promise<Session> {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: address,
    application_name: 'fxscale',
    statement_timeout: STATEMENT_WITHIN,
    lock_timeout: LOCK_WITHIN,
    connectionTimeoutMillis: ANSWER_WITHIN,
    query_timeout: ANSWER_WITHIN,
    stream: () => socket,
  });
  let ready = false;
  // Without a listener the loss of an idle connection would end the process.
  client.on('error', (error) => {
    if (ready) onLost(error);
  });
  const ask: Session['ask'] = async (name, text, parameters) => {
    const marked = text.replace(/^\w+/, (word) => `${word} ${OWN_MARK}`);
    const { rows } = await client.query({ name: `fxscale-${name}`, text: marked, values: parameters });
    return rows;
  };
  const end = async () => {
    ready = false;
    let limit: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, CLOSE_WITHIN);
    });
    await Promise.race([client.end().catch(() => undefined), waited]);
    clearTimeout(limit);
    socket.destroy();
  };

  try {
    await client.connect();
    // Before anything that an older server may not know.
    const { rows } = await client.query(`show ${OWN_MARK} server_version_num`);
    const version = Number(rows[0]?.server_version_num);
    if (version < OLDEST_VERSION) {
      throw new Error(`it is PostgreSQL ${Math.floor(version / 10000)}; 15 is the oldest that can be read`);
    }
    const [row = {}] = await ask('about', about, []);
    ready = true;
    return { server: serverOf(row), started: Number(row.started), ask, end };
  } catch (error) {
    void end();
    throw error;
  }
}

function serverOf({ version, control, schema, extension, loaded }: Row): Server {
  const server = { version: Number(version), control: control === true };
  if (typeof schema !== 'string' || typeof extension !== 'string') return server;
  return { ...server, statements: { schema, version: extension, loaded: loaded === true } };
}

/** The server gave the statement up but not the session: too slow, a lock, a missing right, a missing library. */
export function isGivenUp(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // 57P and 08: the server shuts down, the connection is broken.
  return /^[0-9A-Z]{5}$/.test(code) && !/^(57P|08)/.test(code);
}
