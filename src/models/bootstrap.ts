import type { Random } from './random.ts';

/**
 * `n` row numbers for one moving-block bootstrap replicate: blocks of `length` neighbours that start anywhere, so that
 * what is correlated in time stays together (H. Künsch, The jackknife and the bootstrap for general stationary
 * observations, 1989). Throws a RangeError unless 1 <= length <= n.
 */
export function movingBlocks(n: number, length: number, random: Random): number[] {
  if (!Number.isSafeInteger(length) || length < 1 || !(length <= n)) {
    throw new RangeError(`blocks of ${length} do not fit into ${n} rows`);
  }
  const rows: number[] = [];
  while (rows.length < n) {
    const start = random.integer(n - length + 1);
    for (let i = 0; i < length && rows.length < n; i++) rows.push(start + i);
  }
  return rows;
}

/** The usual length of a block for `n` rows, n^(1/3) (Hall, Horowitz and Jing, 1995). */
export function blockLength(n: number): number {
  return Math.max(1, Math.round(Math.cbrt(n)));
}
