import type { DatabaseFinding } from '../planners/database/findings.ts';
import type { VolumeCandidate } from '../planners/database/plan.ts';
import type { Shortfall } from '../planners/database/volumes.ts';
import { formatBytes, formatPercent, formatSeconds, round } from '../units.ts';
import { counted, list } from './resource-words.ts';

/** What was noticed of the database, in words. */
export function describeDatabaseFinding(finding: DatabaseFinding): string {
  const { code, args } = finding;
  switch (code) {
    case 'DATABASE_CPU_SHORT':
      return `The database needs ${counted(args.required, 'core')} at the peak, but has ${counted(args.cores, 'core')}.`;
    case 'READ_REPLICAS_NEEDED':
      return `One machine of ${counted(args.cores, 'core')} does not carry the ${round(args.required)} that the database uses at the peak: ${counted(args.count, 'read replica')} of the same size must take ${args.classes.length === 0 ? 'what only reads' : list(args.classes)}, ${formatPercent(args.readShare)} of its work.`;
    case 'READ_REPLICAS_NO_REMEDY':
      return `The database uses ${counted(args.required, 'core')} at the peak, more than a machine of ${round(args.cores)} carries, and only ${formatPercent(args.readShare)} of that is known to only read: replicas would be busy replaying the writes. Make writes cheaper, split the data over several databases, or state a larger machine with --database-cpu or more reads with --read-share.`;
    case 'ASSUMED_WORKING_SET':
      return `How much of the database is read again and again is not known: ${formatPercent(args.share)} of it are assumed, ${formatBytes(args.bytes)}. Its memory rests on that, and so does what is read from disk; state it with --working-set.`;
    case 'WORKING_SET_EXCEEDS_MEMORY':
      return `A database with ${formatBytes(args.memory)} of memory keeps ${formatBytes(args.cache)} of its pages, but ${formatBytes(args.workingSet)} are read again and again: up to ${formatPercent(args.missed)} of the pages asked for come from disk. The IOPS count with that; more --database-memory spares them.`;
    case 'IOPS_BELOW_PEAK':
      return `${round(args.recommended)} IOPS, the daily average doubled, do not cover the busiest second, which needs ${round(args.peak)}. Size the volume by the peak.`;
    case 'GROUP_COMMIT':
      return `Commits ask for ${round(args.commits)} flushes of the WAL a second, and a disk that takes ${formatSeconds(args.writeSeconds)} for a write does at most ${round(args.flushes)}, one after the other: commits share them, and the plan counts no more than that.`;
    case 'VOLUME_CHOSEN':
      return `${args.volume}${monthly(args.perMonth)} carries it: ${args.others.map(candidate).join(', ')}.`;
    case 'NO_VOLUME_FITS':
      return `No volume fits: ${args.volume} comes nearest, and ${shortfall(args)}. ${args.instead === null ? helps[args.help] : `${args.instead} would carry it: allow it with --volume.`}`;
    case 'STORAGE_FILLS':
      return `The ${formatBytes(args.capacity)} of storage are full in ${counted(Math.floor(args.days), 'day')}.`;
    case 'RETENTION':
      return args.plateau
        ? `Monthly partitions are dropped after ${counted(args.retention, 'month')}, within the horizon: from then on the data stays at about ${formatBytes(args.bytes)} and grows only as the load does.`
        : `Monthly partitions are dropped after ${counted(args.retention, 'month')}, beyond the horizon: until then the data grows.`;
    case 'POOL_EXCEEDS_MAX_CONNECTIONS':
      return `${round(args.replicas)} replicas with a pool of ${round(args.pool)} each want ${round(args.total)} connections, ${args.max === null ? 'more than is good for a database' : `but the database accepts ${round(args.max)}`}, ${round(args.reserved)} of them reserved: the last replicas could not start. Put PgBouncer in between, in transaction mode with ${round(args.servers)} connections to the database for all of them, or set max_connections to ${round(args.direct)}.`;
    case 'POOL_RULE_OF_THUMB':
      return `At the peak ${counted(args.sessions, 'connection')} may be open; the rule of thumb of HikariCP, twice the cores and a disk, gives ${round(args.rule)} for ${counted(args.cores, 'core')}. Should a request ever hold two connections at once, ${round(args.pool)} requests can block each other in a pool of ${round(args.pool)}: they need ${round(args.deadlock)}.`;
    case 'POSTGRES_SETTING':
      return `${args.setting} was ${settingValue(args.setting, args.from)} in the runs, and should be ${settingValue(args.setting, args.to)}: ${reasons[args.setting]}.`;
    case 'COST_INCOMPLETE':
      return `The cost lacks ${list(args.missing)}: add the prices to the file that --prices names.`;
    default:
      return unknown(finding);
  }
}

const helps: Record<Extract<DatabaseFinding, { code: 'NO_VOLUME_FITS' }>['args']['help'], string> = {
  retention: 'Drop old partitions with --retention, or spread the data over several databases.',
  memory: 'Most of it is read: more --database-memory or read replicas take that away.',
  spread: 'Most of it is written: the writes must be spread over several databases, or made fewer.',
};

type Setting = Extract<DatabaseFinding, { code: 'POSTGRES_SETTING' }>['args']['setting'];

const reasons: Record<Setting, string> = {
  max_connections: 'every pool must find its connections at once',
  shared_buffers: 'it is a quarter of the planned memory',
  max_wal_size: 'the WAL of a cycle fits, and checkpoints come by the clock instead of one upon the other',
  checkpoint_timeout: 'shorter cycles write every page to the WAL again and again',
};

function settingValue(setting: Setting, value: number): string {
  if (setting === 'max_connections') return round(value);
  return setting === 'checkpoint_timeout' ? formatSeconds(value) : formatBytes(value);
}

/** ` at $40 a month`, or nothing for what has no price. */
function monthly(perMonth: number | null): string {
  return perMonth === null ? '' : ` at ${round(perMonth)} a month`;
}

function candidate({ name, perMonth, short }: VolumeCandidate): string {
  if (short !== null) return `${name} ${shortfall(short)}`;
  return perMonth === null ? `${name} would, without a known price` : `${name} costs ${round(perMonth)}`;
}

function shortfall({ limit, needed, most }: Shortfall): string {
  if (limit === 'iops') return `gives ${round(most)} of ${round(needed)} IOPS`;
  if (limit === 'throughput') return `gives ${formatBytes(most)}/s of ${formatBytes(needed)}/s`;
  return `is at most ${formatBytes(most)} large, not ${formatBytes(needed)}`;
}

/** Reached only when a code was added and not here, which the compiler refuses. */
function unknown(finding: never): never {
  throw new TypeError(`no words for the finding ${JSON.stringify(finding)}`);
}
