// The real k6: no daemon, a program that has to be there.
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { finish, works } from './command.mjs';

const ci = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.ci');

/** The path of the k6 that this machine has, or undefined. */
export function findK6() {
  const named = process.env.K6_BIN;
  if (named && works(named, ['version'])) return named;
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(ci, 'bin')];
  return folders.map((folder) => join(folder, 'k6')).find((path) => existsSync(path));
}

/** Has Go build k6 into .ci/bin unless there is one, and resolves with its path. */
export async function installK6() {
  const found = findK6();
  if (found) return found;
  await finish(join(ci, 'install-k6'), []);
  return join(ci, 'bin', 'k6');
}
