import { performance } from 'node:perf_hooks';
import { messageOf } from '../errors.ts';
import { type Collector, parseSourceUrl, withoutCredentials } from './collector.ts';
import { countersQuery } from './postgres/counters.ts';
import { type Part, type Server, valuesOf } from './postgres/part.ts';
import { sizesPart, tablesPart } from './postgres/relations.ts';
import { replicationPart } from './postgres/replication.ts';
import { Schedule } from './postgres/schedule.ts';
import { isGivenUp, openSession, type Session } from './postgres/session.ts';
import { applicationsPart, locksPart } from './postgres/sessions.ts';
import { settingsPart } from './postgres/settings.ts';
import {
  nothingRemembered,
  type StatementMemory,
  statementParts,
  whyNoStatements,
} from './postgres/statements.ts';
import { Remarks } from './remarks.ts';

/** Seconds of a reading after which the parts not yet begun wait for the next. */
const BEGIN_WITHIN = 0.1;

const SESSIONS_HIDDEN =
  'connections_active, connections by state, what they wait for, the oldest transaction and checkpoint_running are left out: other roles’ sessions are hidden from this role; grant it pg_read_all_stats (or pg_monitor)';
const CONTROL_HIDDEN =
  'the age of the last checkpoint is left out: this role may not execute pg_control_checkpoint()';

/** What is asked of a server: the counters with every sample, and the parts when they are due. */
export function partsOf(server: Server, memory: StatementMemory): Part[] {
  return [
    locksPart,
    replicationPart,
    settingsPart,
    ...statementParts(server, memory),
    sizesPart,
    tablesPart(server.version),
    applicationsPart,
  ];
}

/**
 * Reads the statistics of the PostgreSQL server (15 or later) and of the database at `address`, a `postgres:` URL; any
 * role that may connect will do, and pg_monitor shows all there is. `now` is a clock in seconds. Throws USAGE when the
 * address is not a URL.
 */
export function openPostgres(address: string, now = () => performance.now() / 1000): Collector {
  const url = parseSourceUrl(address, 'postgres://user@127.0.0.1:5432/database');
  const remarks = new Remarks();
  const schedule = new Schedule();
  const memory = nothingRemembered();
  let session: Session | undefined;
  let counters = '';
  let parts: Part[] = [];
  let closedBecause: string | undefined;
  let started: number | undefined;
  let recovering: number | undefined;
  let closed = false;

  async function connect(): Promise<Session> {
    const opened: Session = await openSession(address, (error) => {
      if (session !== opened) return;
      closedBecause = messageOf(error);
      session = undefined;
    });
    if (closed) {
      void opened.end();
      throw new Error('it was closed while connecting');
    }
    if (closedBecause) remarks.add(`the connection was lost (${closedBecause}) and opened again`);
    if (started !== undefined && started !== opened.started) {
      const at = new Date(opened.started * 1000).toISOString();
      remarks.add(`the server was started anew at ${at}: after a crash its counters begin at zero`);
    }
    started = opened.started;
    counters = countersQuery(opened.server);
    parts = partsOf(opened.server, memory);
    if (!opened.server.control) remarks.once(CONTROL_HIDDEN);
    const noStatements = whyNoStatements(opened.server);
    if (noStatements) remarks.once(noStatements);
    return opened;
  }

  async function read(part: Part, parameters: unknown[], { ask }: Session): Promise<Record<string, number>> {
    const begun = now();
    try {
      const rows = await ask(part.name, part.text, parameters);
      schedule.read(part, begun, now());
      return part.values(rows, (text) => remarks.once(text));
    } catch (error) {
      if (!isGivenUp(error)) throw error;
      schedule.failed(part, now());
      remarks.once(`${part.what} are left out when they cannot be read: ${messageOf(error)}`);
      return {};
    }
  }

  async function readParts(current: Session): Promise<Record<string, number>> {
    const begun = now();
    const values: Record<string, number> = {};
    for (const part of parts.filter((each) => schedule.isDue(each, begun))) {
      if (now() - begun > BEGIN_WITHIN) break;
      const parameters = part.parameters === undefined ? [] : part.parameters();
      if (parameters) Object.assign(values, await read(part, parameters, current));
    }
    return values;
  }

  async function readCounters({ ask }: Session): Promise<Record<string, number>> {
    const values = valuesOf(await ask('counters', counters, []));
    if (!('connections_active' in values && 'checkpoint_running' in values)) remarks.once(SESSIONS_HIDDEN);
    if (recovering === 1 && values.in_recovery === 0) remarks.add('the standby was promoted to a primary');
    recovering = values.in_recovery;
    return values;
  }

  return {
    source: `postgres/${url.host || 'local'}${url.pathname}`,
    url: withoutCredentials(url),
    remarks: () => remarks.take(),
    async sample() {
      try {
        const current = session ?? (await connect());
        session = current;
        const others = await readParts(current);
        // Last, so that the counters are those of the instant at which the sample arrives.
        const values = await readCounters(current);
        closedBecause = undefined;
        return { values: { ...values, ...others } };
      } catch (error) {
        // The sampler notes this failure; the next sample begins with a new connection.
        void session?.end();
        session = undefined;
        closedBecause = undefined;
        throw error;
      }
    },
    async close() {
      closed = true;
      const last = session;
      session = undefined;
      await last?.end();
    },
  };
}
