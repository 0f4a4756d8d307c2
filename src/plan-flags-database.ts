import { Option } from 'commander';
import { flag } from './flag.ts';
import type { DatabaseOptions } from './planners/database/plan.ts';
import {
  parseGigabytes,
  parseHorizon,
  parseKilobytes,
  parsePoolWait,
  parsePositive,
  parseRange,
  parseWorkingSet,
} from './planners/flags.ts';
import type { CapacityRequest } from './planners/plan.ts';
import type { Declared } from './planners/worlds.ts';
import { parseBytes, parseCores, parseCount, parseNumber, parsePercent } from './units.ts';

/** What the command is told of the database, under the names of its flags. */
export type DatabaseFlags = Pick<CapacityRequest, 'tradesPerDay' | 'connections' | 'peakConnections'> & {
  avgTradeKb?: Declared;
  storageGb?: Declared;
  volumeGb?: number;
  retention?: number;
  volume?: string;
  cloud?: string;
  workingSet?: DatabaseOptions['workingSet'];
  databaseMemory?: number;
  databaseCpu?: number;
  poolWait?: DatabaseOptions['poolWait'];
  maxConnections?: number;
  readShare?: Declared;
  readReplicas?: number;
  backups?: number;
  prices?: string;
  priceRegion?: string;
};

/** The flags of `fxscale plan` about the database and about prices. */
export function databaseFlags(): Option[] {
  return [
    option('--trades-per-day <count>', 'declared: trades written in a day', parseRange(parsePositive)),
    option('--avg-trade-kb <size>', 'declared: storage of a trade in KB', parseRange(parseKilobytes)),
    option('--storage-gb <size>', 'declared: storage in use now in GB', parseRange(parseGigabytes)),
    option(
      '--volume-gb <size>',
      'declared: size of the volume in GB, to tell when it is full',
      parseGigabytes,
    ),
    option('--connections <count>', 'declared: database connections now', parseRange(parseNumber)),
    option(
      '--peak-connections <count>',
      'declared: database connections at the peak',
      parseRange(parsePositive),
    ),
    option('--retention <time>', 'drop monthly partitions after so long, for example 24mo', parseHorizon),
    option('--read-replicas <count>', 'read replicas there are whatever the load', parseCount),
    option(
      '--read-share <share>',
      "of the database's work, what replicas may do (default: as measured)",
      parseRange(parsePercent),
    ),
    option('--backups <count>', 'full copies of the data to count as storage', parseCount),
    option(
      '--working-set <share|size>',
      'what of the database is read again and again, for example 10% or 40Gi',
      parseWorkingSet,
    ),
    option(
      '--database-cpu <cores>',
      'the largest machine the database may have (default: 64 cores)',
      parseCores,
    ),
    option(
      '--database-memory <size>',
      'memory of the database (default: what the working set needs)',
      parseBytes,
    ),
    option(
      '--max-connections <count>',
      'max_connections of the database (default: as in the runs)',
      parseCount,
    ),
    option('--pool-wait <pN=time>', 'the wait for a connection to keep (default: p99=10ms)', parsePoolWait),
    new Option(
      '--cloud <name>',
      'whose volumes may be chosen: aws (default), gcp, azure, or one of --prices',
    ),
    new Option('--volume <kind>', 'the kind of volume, for example gp3 (default: the cheapest that fits)'),
    new Option('--prices <file>', 'prices and limits (YAML or JSON) in place of those built in'),
    new Option('--price-region <name>', 'the region of that file whose prices count'),
  ];
}

function option(flags: string, description: string, parse: (text: string) => unknown): Option {
  return new Option(flags, description).argParser(flag(parse));
}

/** The flags in the planner's own terms, everything else left as it is. */
export function databaseRequest<Rest extends object>(flags: DatabaseFlags & Rest): CapacityRequest {
  const {
    avgTradeKb,
    storageGb,
    volumeGb,
    retention,
    databaseMemory,
    databaseCpu,
    prices: _,
    priceRegion: __,
    ...rest
  } = flags;
  const {
    volume,
    cloud,
    workingSet,
    poolWait,
    maxConnections,
    readShare,
    readReplicas,
    backups,
    ...request
  } = rest;
  return {
    ...request,
    tradeBytes: avgTradeKb,
    storageBytes: storageGb,
    capacityBytes: volumeGb,
    database: {
      ...{ volume, cloud, workingSet, poolWait, maxConnections, readShare, readReplicas, backups },
      retentionMonths: retention,
      memory: databaseMemory,
      cores: databaseCpu,
    },
  };
}
