import type { RunRow } from '../run.ts';

/** What the generator counted, second by second. */

/** Of the requests, the share that may fail in a part of a run that costs and latencies are taken from. */
const MOST_FAILURES = 0.1;

/** Requests that ended, failures among them. */
export function requestsIn(row: RunRow): number {
  return Object.values(row.classes).reduce((sum, { count }) => sum + count, 0);
}

export function failuresIn(row: RunRow): number {
  return Object.values(row.classes).reduce((sum, { failures }) => sum + failures, 0);
}

/** Requests per second that ended well in `rows`. */
export function rateOf(rows: readonly RunRow[]): number {
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  const count = rows.reduce((sum, row) => sum + requestsIn(row) - failuresIn(row), 0);
  return seconds === 0 ? 0 : count / seconds;
}

/** A part of a run with many failures tells neither costs nor latencies: failing is fast and cheap. */
export function isSound(rows: readonly RunRow[]): boolean {
  const sum = (of: (row: RunRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return sum(failuresIn) <= MOST_FAILURES * sum(requestsIn);
}
