import { type Key, planKey } from './config-key.ts';
import { anything, bytes, cores, count, horizon, shares, text } from './config-kinds.ts';

/** The keys of fxscale.yaml for the database and for prices. */

export const databaseKeys: Readonly<Record<string, Key>> = {
  'database.retention': planKey(
    horizon,
    'after which monthly partitions are dropped',
    '24mo',
    '--retention',
    'all is kept',
  ),
  'database.readReplicas': planKey(
    count,
    'read replicas there are whatever the load',
    '1',
    '--read-replicas',
    'as many as the reads need',
  ),
  'database.readShare': planKey(
    shares,
    'of the work of the database, what replicas may do',
    '30%',
    '--read-share',
    'as measured',
  ),
  'database.backups': planKey(count, 'full copies of the data to count as storage', '7', '--backups', 'none'),
  'database.workingSet': planKey(
    anything('a working set'),
    'what of the database is read again and again: a share or a size',
    '10%',
    '--working-set',
    'as measured',
  ),
  'database.cpu': planKey(
    cores,
    'cores of the largest machine that it may have',
    '64',
    '--database-cpu',
    '64',
  ),
  'database.memory': planKey(bytes, 'its memory', '16Gi', '--database-memory', 'what the working set needs'),
  'database.maxConnections': planKey(
    count,
    'its max_connections',
    '200',
    '--max-connections',
    'as in the runs',
  ),
  'database.poolWait': planKey(
    text('a wait', String.raw`p\d\d?(?:\.\d+)?=(?:\d+(?:\.\d+)?(?:us|ms|s))+`),
    'the wait for a connection to keep',
    'p99=10ms',
    '--pool-wait',
    'p99=10ms',
  ),
  'database.volume': planKey(
    anything('a kind of volume'),
    'the kind of volume',
    'gp3',
    '--volume',
    'the cheapest that fits',
  ),
  'prices.file': planKey(
    anything('a file'),
    'prices and limits, as YAML or JSON, in place of those built in',
    'prices.yaml',
    '--prices',
    'those built in',
  ),
  'prices.region': planKey(
    anything('a region'),
    'the region of that file whose prices count',
    'eu-west-1',
    '--price-region',
    'none',
  ),
  'prices.cloud': planKey(
    anything('a cloud'),
    'whose volumes may be chosen: aws, gcp, azure, or one of the file',
    'aws',
    '--cloud',
    'aws',
  ),
};
