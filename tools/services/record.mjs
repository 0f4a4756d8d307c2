// What is up, written down in .fxscale/services of the working directory, and who may change it.
import { linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runs } from './daemon.mjs';
import { thenUndo } from './undo.mjs';

export const base = resolve('.fxscale');
export const folder = join(base, 'services');
const file = join(folder, 'services.json');
const lock = join(base, 'services.lock');

/** What is up, by name; empty when nothing is. */
export function readRecord() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw new Error(`${file} cannot be read: ${error.message}`);
  }
}

/** Notes one service, or with undefined that it is no more. */
export function note(name, entry) {
  const record = { ...readRecord(), [name]: entry };
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Deletes everything that was noted and kept. */
export const forgetAll = () => rmSync(folder, { recursive: true, force: true });

function release() {
  rmSync(lock, { force: true });
  try {
    rmdirSync(base);
  } catch (error) {
    // The folder stays while there is something else in it.
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
  }
}

function take() {
  const own = `${lock}.${process.pid}`;
  mkdirSync(base, { recursive: true });
  writeFileSync(own, String(process.pid));
  try {
    // A link, not an exclusive open: whoever finds the lock also finds the process id in it.
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Runs `work` while no other command of this folder changes what is up. */
export async function alone(work) {
  if (!take()) {
    const other = Number(readFileSync(lock, 'utf8'));
    if (runs(other, ['services.mjs']))
      throw new Error(`another \`npm run services\` is at work here, process ${other}; wait for it`);
    rmSync(lock, { force: true });
    if (!take()) throw new Error('another `npm run services` is at work here; wait for it');
  }
  return thenUndo(release, work);
}
