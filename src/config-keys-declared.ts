import { type Key, planKey } from './config-key.ts';
import { duration, plain } from './config-kinds.ts';

/** The keys of fxscale.yaml for what nobody has measured. */

export const declaredKeys: Readonly<Record<string, Key>> = {
  'declared.rps': {
    kind: plain,
    about: 'requests per second at the peak; lowest..likeliest..highest where it is not known for certain',
    otherwise: 'not declared',
    example: '800..1000..1500',
    flags: { plan: '--rps' },
    unless: ['--peak'],
  },
  'declared.latency': planKey(duration, 'mean time of a request', '100ms', '--latency', 'not declared'),
  'declared.users': planKey(
    plain,
    'users at once, each waiting for its answer',
    '5000',
    '--users',
    'not declared',
  ),
  'declared.tradesPerDay': planKey(
    plain,
    'trades written in a day',
    '5000000',
    '--trades-per-day',
    'not declared',
  ),
  'declared.avgTradeKb': planKey(plain, 'storage of a trade in KB', '2', '--avg-trade-kb', 'not declared'),
  'declared.storageGb': planKey(plain, 'storage in use now in GB', '100', '--storage-gb', 'not declared'),
  'declared.volumeGb': planKey(
    plain,
    'size of the volume in GB, to tell when it is full',
    '500',
    '--volume-gb',
    'not declared',
  ),
  'declared.connections': planKey(plain, 'database connections now', '20', '--connections', 'not declared'),
  'declared.peakConnections': planKey(
    plain,
    'database connections at the peak',
    '40',
    '--peak-connections',
    'not declared',
  ),
};
