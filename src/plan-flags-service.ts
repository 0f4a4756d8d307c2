import { Option } from 'commander';
import { flag } from './flag.ts';
import { parseRegions, parseSlo, parseThreshold, parseTime, parseZones } from './planners/flags.ts';
import type { Availability, Slo } from './planners/types.ts';
import { parseBytes, parseCores, parseCount, parseDuration } from './units.ts';

const losses: Availability[] = ['replica', 'zone', 'region'];

/** What `plan` is told of the service: its target, what it must survive, and what one replica is. */
export function serviceFlags(): Option[] {
  return [
    new Option('--slo <[class:]pN=time>', 'a latency to keep, for example p99=250ms (repeatable)')
      .argParser((text: string, before: Slo[]) => [...before, flag(parseSlo)(text)])
      .default([]),
    new Option('--availability <what>', 'what may be lost at the peak (default: replica)').choices(losses),
    parsed('--zones <count>', 'zones that the replicas are spread over (default: 3)', parseZones),
    parsed('--regions <count>', 'regions that share the load (default: 2)', parseRegions),
    parsed(
      '--failover-threshold <share>',
      "CPU that a region may use while it carries a lost one's load (default: 80%)",
      parseThreshold,
    ),
    parsed('--replica-cpu <cores>', 'CPU request of a replica (default: as tested, else 500m)', parseCores),
    parsed(
      '--replica-memory <size>',
      'memory limit of a replica (default: from the runs, else 1Gi)',
      parseBytes,
    ),
    parsed(
      '--restart-every <time>',
      'how long a replica runs at most, for memory that leaks, for example 24h',
      parseTime,
    ),
    parsed('--startup <time>', 'until a new replica answers (default: 20s)', parseDuration),
    parsed(
      '--concurrency <count>',
      'declared: requests that a replica serves at once (default: by its CPU)',
      parseCount,
    ),
    new Option('--extrapolate', 'let a replica carry more than 1.2 times what one was tested with'),
  ];
}

function parsed<T>(name: string, text: string, parse: (text: string) => T): Option {
  return new Option(name, text).argParser(flag(parse));
}
