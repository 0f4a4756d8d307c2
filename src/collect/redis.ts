import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { FxscaleError, messageOf } from '../errors.ts';
import { type Collector, parseSourceUrl, withoutCredentials } from './collector.ts';
import { figuresOf, type Info, identityOf, parseInfo } from './redis-info.ts';
import { longestOf, newestId, SlowLog } from './redis-slowlog.ts';
import { Remarks } from './remarks.ts';
import { labelled } from './series-name.ts';

/** Milliseconds. Longer than the sampler waits; then the connection is given up, and with it what is still to come. */
const ANSWER_WITHIN = 3000;
/** The log keeps 128 unless told otherwise. */
const MOST_SLOW = 128;

const EXAMPLE = 'redis://127.0.0.1:6379';

/**
 * Reads INFO and the slow log of the Redis or Valkey server at `address`, a `redis:` or (TLS) `rediss:` URL. Certificates
 * are verified; `NODE_EXTRA_CA_CERTS` names a private authority. Throws USAGE when the address is not such a URL.
 */
export function openRedis(address: string): Collector {
  const url = parseSourceUrl(address, EXAMPLE);
  const database = databaseOf(url);
  const port = Number(url.port || 6379);
  const remarks = new Remarks();
  const slow = new SlowLog();
  let session: Session | undefined;
  let opening: Redis | undefined;
  let lost: string | undefined;
  let last: { run: string | undefined; uptime: number; commands: number } | undefined;
  let closed = false;

  /** Between two samples, or in the moment before the client has noticed. */
  function drop(why: string): void {
    lost = why;
    session = undefined;
  }

  async function connect(): Promise<Session> {
    const client = newClient(url, port);
    opening = client;
    let failure: string | undefined;
    const opened: Session = { client, withCommands: true, withSlowLog: true };
    client.on('error', (error) => {
      failure = messageOf(error);
    });
    client.on('close', () => {
      if (session?.client === client) drop(failure ?? 'the server closed it');
    });
    try {
      await client.connect();
      await logIn(client, url, remarks);
      if (closed) throw new Error('it was closed while connecting');
    } catch (error) {
      cut(client);
      // The client only says that the connection is closed; why came as an event.
      throw new Error(failure ?? messageOf(error));
    } finally {
      opening = undefined;
    }
    if (lost) remarks.add(`the connection was lost (${lost}) and opened again`);
    return opened;
  }

  /** What changed since the sample before: another start of the server explains counters that begin anew. */
  function compare(info: Info, values: Record<string, number>): void {
    const { run, mode } = identityOf(info);
    const now = { run, uptime: values.uptime_seconds ?? 0, commands: values.commands ?? 0 };
    if (last && (run !== last.run || now.uptime < last.uptime)) {
      remarks.add(`the server was started again ${now.uptime} s ago: its counters begin anew`);
    } else if (last && now.commands < last.commands) {
      remarks.add('the counters were set back (CONFIG RESETSTAT)');
    }
    last = now;
    if (mode === 'cluster') {
      remarks.once('this is one node of a cluster: name every node in a --collect of its own');
    }
  }

  async function read(current: Session): Promise<Record<string, number>> {
    const { client } = current;
    // Sent together, so that they are answered together.
    const [general, commands, length, newest] = await Promise.allSettled([
      client.info(),
      current.withCommands ? client.info('commandstats') : '',
      current.withSlowLog ? client.call('SLOWLOG', 'LEN') : undefined,
      current.withSlowLog ? client.call('SLOWLOG', 'GET', '1') : [],
    ]);
    if (general.status === 'rejected') throw general.reason;
    current.withCommands &&= allowed(commands, 'the figures of each command are left out', remarks);
    current.withSlowLog &&= [length, newest].every((each) =>
      allowed(each, 'the slow log is left out', remarks),
    );
    const info = parseInfo(`${general.value}\n${current.withCommands ? answerOf(commands) : ''}`);
    const values = figuresOf(info, database);
    const { name, version } = identityOf(info);
    values[labelled('server', { name, version })] = 1;
    compare(info, values);
    if (!current.withSlowLog) return values;
    const entries = Number(answerOf(length));
    const fresh = slow.fresh(entries, newestId(answerOf(newest)));
    const longest = fresh === 0 ? 0 : await longestNew(client, fresh);
    return {
      ...values,
      slow_log_entries: entries,
      slow_commands: slow.count,
      slow_command_seconds_max: longest,
    };
  }

  return {
    source: `redis/${url.hostname}:${port}${database === undefined ? '' : `/${database}`}`,
    url: withoutCredentials(url),
    remarks: () => remarks.take(),
    async sample() {
      try {
        if (session && !session.client.stream.writable) drop('the server closed it');
        session ??= await connect();
        const values = await read(session);
        lost = undefined;
        return { values };
      } catch (error) {
        // The sampler notes this failure; the next sample begins with a new connection.
        const failed = session;
        session = undefined;
        lost = undefined;
        if (failed) cut(failed.client);
        throw plainly(error);
      }
    },
    async close() {
      closed = true;
      const client = opening ?? session?.client;
      session = undefined;
      if (client) cut(client);
    },
  };
}

/** A connection, and what its user may ask: a refusal is not asked for again, because the server logs each. */
type Session = { client: Redis; withCommands: boolean; withSlowLog: boolean };

/** Without a number, all databases. */
function databaseOf(url: URL): number | undefined {
  const [, digits] = /^\/?(\d*)$/.exec(url.pathname) ?? [];
  if (url.hostname === '' || digits === undefined) {
    throw new FxscaleError(
      'USAGE',
      `--collect ${withoutCredentials(url)}: write host, port and at most the number of a database, for example ${EXAMPLE}/0`,
    );
  }
  return digits === '' ? undefined : Number(digits);
}

/** One connection that is never opened again by itself, and nothing that is asked before it is open. */
function newClient(url: URL, port: number): Redis {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return new Redis(port, host, {
    // 2 is what all versions speak; the log-in is done here, where the client would write to the console.
    protocol: 2,
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    connectTimeout: ANSWER_WITHIN,
    commandTimeout: ANSWER_WITHIN,
    ...(url.protocol === 'rediss:' ? { tls: isIP(host) ? {} : { servername: host } } : {}),
  });
}

async function logIn(client: Redis, url: URL, remarks: Remarks): Promise<void> {
  if (url.username === '' && url.password === '') return;
  const words = [url.username, url.password].map(decoded);
  try {
    await client.call('AUTH', ...(url.username === '' ? words.slice(1) : words));
  } catch (error) {
    if (!/without any password configured|no password is set/.test(messageOf(error))) throw error;
    remarks.once('the server asks for no password, though one was given');
  }
}

/** Whether `answer` may be used. Where the user is refused, or the command was taken away, that is said once. */
function allowed(answer: PromiseSettledResult<unknown>, consequence: string, remarks: Remarks): boolean {
  if (answer.status === 'fulfilled') return true;
  const message = messageOf(answer.reason);
  if (!/^NOPERM|unknown command/i.test(message)) throw answer.reason;
  remarks.once(`${consequence}: ${message.split(/[,\n]/, 1).join('')}`);
  return false;
}

function answerOf<T>(answer: PromiseSettledResult<T>): T | undefined {
  return answer.status === 'fulfilled' ? answer.value : undefined;
}

async function longestNew(client: Redis, fresh: number): Promise<number> {
  return longestOf(await client.call('SLOWLOG', 'GET', String(Math.min(fresh, MOST_SLOW))), fresh);
}

/** The client takes an answer of another protocol for a fault of its own. */
function plainly(error: unknown): unknown {
  const [, what] = /^(.*)\. Please report this\.$/.exec(messageOf(error)) ?? [];
  return what === undefined ? error : new Error(`the answer is not of Redis’s protocol: ${what}`);
}

/** At once: a server that has stopped answering would not take a goodbye, and the process could not end. */
function cut(client: Redis): void {
  client.disconnect();
  client.stream?.destroy();
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
