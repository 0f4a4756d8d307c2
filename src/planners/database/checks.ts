import { FxscaleError } from '../../errors.ts';
import type { DatabaseOptions } from './plan.ts';

/** What tells enough of a database for an option to have an effect. */
type Known = 'growth' | 'operations' | 'run';

const options: Record<keyof DatabaseOptions, { flag: string; needs: Known | null }> = {
  volume: { flag: '--volume', needs: 'operations' },
  cloud: { flag: '--cloud', needs: 'operations' },
  retentionMonths: { flag: '--retention', needs: 'growth' },
  workingSet: { flag: '--working-set', needs: 'growth' },
  backups: { flag: '--backups', needs: 'growth' },
  memory: { flag: '--database-memory', needs: 'run' },
  cores: { flag: '--database-cpu', needs: 'run' },
  poolWait: { flag: '--pool-wait', needs: 'run' },
  maxConnections: { flag: '--max-connections', needs: 'run' },
  readShare: { flag: '--read-share', needs: 'run' },
  readReplicas: { flag: '--read-replicas', needs: null },
};

const missing: Record<Known, string> = {
  growth: 'nothing tells how the database grows; give a run, or --trades-per-day and --avg-trade-kb',
  operations: 'nothing tells what the database does; give a run, or --trades-per-day',
  run: 'has an effect only on what was measured; give a run',
};

/** Throws USAGE, naming the flag, for an option that nothing in the request gives an effect. */
export function checkDatabase(given: DatabaseOptions, known: Record<Known, boolean>): void {
  for (const [key, { flag, needs }] of Object.entries(options)) {
    if (given[key as keyof DatabaseOptions] === undefined || needs === null || known[needs]) continue;
    throw new FxscaleError('USAGE', `${flag}: ${missing[needs]}`);
  }
}
