// Takes services down and deletes what they kept.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { names as all } from './catalogue.mjs';
import { folder, forgetAll, note, readRecord } from './record.mjs';
import { endService } from './state.mjs';

/** Ends each of `names` that is up, the last started first. Resolves with what became of each, as `up` does. */
export async function down(names, tell) {
  const record = readRecord();
  const outcomes = {};
  for (const name of [...all].reverse().filter((known) => names.includes(known) && record[known])) {
    try {
      if (name !== 'k6') await endService(name, record[name]);
      rmSync(join(folder, name), { recursive: true, force: true });
      note(name, undefined);
      outcomes[name] = { state: name === 'k6' ? 'left where it is installed' : 'stopped and deleted' };
    } catch (error) {
      outcomes[name] = { missing: error.message };
    }
    tell(name, outcomes[name]);
  }
  if (Object.keys(readRecord()).length === 0) forgetAll();
  return outcomes;
}
