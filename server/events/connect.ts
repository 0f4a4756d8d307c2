import pg from 'pg';
import { findPrimary } from '../database/find-primary.ts';
import { within } from '../within.ts';

const seconds = { connect: 3, query: 8, end: 1 };

/**
 * What the server does about a client that it no longer hears: rows and locks of a relay that is cut off are free again
 * within about 15 s, whatever becomes of the relay.
 */
const serverOptions = [
  'timezone=UTC',
  'idle_in_transaction_session_timeout=15000',
  'tcp_keepalives_idle=5',
  'tcp_keepalives_interval=3',
  'tcp_keepalives_count=3',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/**
 * Works on one connection of its own to whichever of the databases takes writes, which is ended with the work, whatever
 * comes of it. A query may take 8 s.
 */
export async function withConnection<T>(
  urls: string[],
  name: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: await primaryOf(urls),
    connectionTimeoutMillis: seconds.connect * 1000,
    query_timeout: seconds.query * 1000,
    keepAlive: true,
    options: serverOptions,
    application_name: name,
  });
  // Queries reject as well; without a listener the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    // A server that hangs would not answer the farewell either.
    await within(seconds.end, 'ending the connection', client.end()).catch(() => undefined);
  }
}

async function primaryOf(urls: string[]): Promise<string> {
  const [only = '', ...others] = urls;
  if (others.length === 0) return only;
  const { primary } = await findPrimary(urls);
  if (primary === undefined) throw new Error('no database takes writes now');
  return primary;
}
