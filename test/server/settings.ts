import type { Settings } from '../../server/processes/settings.ts';
import { tokenSecret } from './app.ts';

/** What a process is told, nothing of it unusual but what is given. */
export function testSettings<Given extends Partial<Settings>>(given: Given): Settings & Given {
  return {
    ...{
      region: null,
      database: '',
      readDatabases: [],
      pool: 5,
      redis: null,
      kafka: null,
      replicas: 1,
      seed: 1,
    },
    ...{ epoch: 0, news: [], tokenSecret, rateLimit: 1_000_000, burn: {}, consumerRate: null },
    ...given,
  };
}
