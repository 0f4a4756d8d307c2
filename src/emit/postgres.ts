import type { Plan } from '../planners/types.ts';
import { formatRate, formatSeconds, round } from '../units.ts';

/** A line of `postgresql.conf` and why it is so. */
export type Setting = { name: string; value: string; reason: string };

/** PostgreSQL's defaults, in seconds and as a share: what the plan's runs of the checkpoint cycle go by. */
const CHECKPOINT_TIMEOUT = 300;
const COMPLETION_TARGET = 0.9;

/** What the plan knows of `postgresql.conf`; none when it knows nothing of it. */
export function postgresSettings({ connections, wal }: Plan): Setting[] {
  return [
    ...(connections === null ? [] : [maxConnections(connections)]),
    ...(wal === null ? [] : checkpoints(wal)),
  ];
}

function maxConnections(connections: NonNullable<Plan['connections']>): Setting {
  const { recommended, poolPerReplica, required } = connections;
  const reason =
    poolPerReplica === null
      ? `${round(required)} are needed at the peak`
      : `a pool of ${poolPerReplica} for every replica that the autoscaler may start, and some for people and backups`;
  return { name: 'max_connections', value: String(Math.ceil(recommended)), reason };
}

/**
 * A log that fills up before the time is over ends the cycle early, and every cycle begins with images of whole pages:
 * so there is room for the log of a whole cycle and of the part of the next in which its checkpoint is still written.
 */
function checkpoints({ rate, bytesPerRequest }: NonNullable<Plan['wal']>): Setting[] {
  const bytes = rate * bytesPerRequest * CHECKPOINT_TIMEOUT * (1 + COMPLETION_TARGET);
  const megabytes = Math.max(1024, Math.ceil(bytes / 2 ** 20));
  const time = `${CHECKPOINT_TIMEOUT / 60}min`;
  return [
    { name: 'checkpoint_timeout', value: time, reason: 'what the plan reckons with' },
    {
      name: 'checkpoint_completion_target',
      value: String(COMPLETION_TARGET),
      reason: 'what the plan reckons with',
    },
    {
      name: 'max_wal_size',
      value: `${megabytes}MB`,
      reason: `${round(bytesPerRequest)} bytes of log a request at ${formatRate(rate)}: checkpoints by time, every ${formatSeconds(CHECKPOINT_TIMEOUT)}, and not by size`,
    },
  ];
}

/** The settings as a file for `include_dir`. */
export function postgresConf(settings: readonly Setting[]): string {
  return settings.map(({ name, value, reason }) => `# ${reason}\n${name} = ${value}\n`).join('\n');
}
