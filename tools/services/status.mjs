// What was brought up, and whether it is still there.
import { readRecord } from './record.mjs';
import { isUp } from './state.mjs';

/** Each noted service of `names` with what is noted, and `answers`. */
export async function status(names) {
  const noted = Object.entries(readRecord()).filter(([name]) => names.includes(name));
  const checked = noted.map(async ([name, entry]) => [name, { ...entry, answers: await isUp(name, entry) }]);
  return Object.fromEntries(await Promise.all(checked));
}
