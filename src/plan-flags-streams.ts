import { Option } from 'commander';
import { FxscaleError } from './errors.ts';
import { flag } from './flag.ts';
import { parsePositive, parseRange, parseTime } from './planners/flags.ts';
import { parseBytes, parseCores, parseCount, parseRate } from './units.ts';

/** What `fxscale plan` may be told of Kafka, the cache, workers and WebSockets. */
export function streamFlags(): Option[] {
  return [
    ranged(
      '--kafka-rate <rate>',
      'declared: records written to Kafka at the peak, for example 50k/s',
      parseRate,
    ),
    ranged(
      '--kafka-record <size>',
      'declared: one record on disk (default: as measured, else 1Ki)',
      parseBytes,
    ),
    plain('--kafka-retention <time>', 'how long records are kept (default: as measured, else 7d)', parseTime),
    plain('--kafka-replication <count>', 'copies of each record in production (default: 3)', parseCount),
    plain(
      '--kafka-groups <count>',
      'declared: consumer groups that read every record (default: 1)',
      parseCount,
    ),
    ranged(
      '--kafka-skew <factor>',
      'declared: how many times the mean the hottest partition gets (default: as measured, else 1)',
      parseSkew,
    ),
    ranged('--partition-rate <size>', 'what one partition takes in a second (default: 10Mi)', parseBytes),
    ranged(
      '--consumer-rate <rate>',
      'declared: what one consumer takes, for example 1000/s (default: as measured with a backlog)',
      parseRate,
    ),
    plain('--consumer-outage <time>', 'that consumers may stand still at the peak (default: 5m)', parseTime),
    plain('--drain-within <time>', 'in which they catch up afterwards (default: 15m)', parseTime),
    plain('--broker-cpu <cores>', 'cores of a Kafka broker (default: 4)', parseCores),
    plain('--broker-disk <size>', 'disk of a Kafka broker (default: 2Ti)', parseBytes),
    plain('--broker-network <size>', 'what a Kafka broker sends in a second (default: 1.25G)', parseBytes),
    ranged('--cache-keys <count>', 'declared: keys in the cache in production', parsePositive),
    ranged('--cache-key-bytes <size>', 'declared: the name of a key (default: 32)', parseBytes),
    ranged('--cache-value-bytes <size>', 'declared: its value (default: 64)', parseBytes),
    plain('--cache-ttl <time>', 'declared: keys expire after this time, which takes memory too', parseTime),
    ranged('--cache-ops <rate>', 'declared: commands to the cache at the peak, for example 20k/s', parseRate),
    ranged('--job-rate <rate>', 'declared: jobs queued at the peak, for example 200/s', parseRate),
    ranged('--job-time <time>', 'declared: mean time of a job', parseTime),
    plain('--job-wait <time>', 'that 95% of the jobs may wait at most (default: 1s)', parseTime),
    plain(
      '--job-concurrency <count>',
      'jobs of a queue that a worker does at once (default: 10)',
      parseCount,
    ),
    ranged(
      '--job-variability <number>',
      'declared: squared coefficient of variation of job times (default: as measured, else 1)',
      parsePositive,
    ),
    ranged('--ws-connections <count>', 'declared: WebSocket connections at the peak', parsePositive),
    ranged('--ws-per-replica <count>', 'declared: connections that a replica holds', parsePositive),
  ];
}

/** The hottest is never below the mean. */
function parseSkew(text: string): number {
  const factor = parsePositive(text);
  if (factor < 1) {
    throw new FxscaleError(
      'USAGE',
      `${JSON.stringify(text)} is not a skew: the hottest gets the mean or more, write 1 or more`,
    );
  }
  return factor;
}

function plain(flags: string, description: string, parse: (text: string) => number): Option {
  return new Option(flags, description).argParser(flag(parse));
}

/** Also `lowest..likeliest..highest`. */
function ranged(flags: string, description: string, parse: (text: string) => number): Option {
  return new Option(flags, description).argParser(flag(parseRange(parse)));
}
