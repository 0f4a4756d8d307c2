import { writeFileSync } from 'node:fs';
import { messageOf } from './errors.ts';
import type { OwnSummary } from './load/own-summary.ts';

/**
 * Writes what a script made of its summary: `stdout` and `stderr` to those, all else to files. The lines for those
 * that cannot be written; the others are written all the same, as the results of a run must not be lost.
 */
export function writeSummaryResult(result: OwnSummary): string[] {
  return Object.entries(result).flatMap(([path, content]) => {
    const bytes = typeof content === 'string' ? content : new Uint8Array(content);
    try {
      if (path === 'stdout') process.stdout.write(bytes);
      else if (path === 'stderr') process.stderr.write(bytes);
      else writeFileSync(path, bytes);
      return [];
    } catch (error) {
      return [`could not open '${path}': ${messageOf(error)}`];
    }
  });
}
