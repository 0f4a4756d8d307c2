import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes `folder` and those above it that are missing. Throws what the system says. One by one, because Node's own
 * recursive form never ends where a folder cannot be made in one that exists, as below `/proc`.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
