import { columnsOf, dot, gram, type Matrix, project, solveSymmetric } from './linear.ts';

/**
 * The x >= 0 that brings A x closest to b: the active set method of Lawson and Hanson (Solving Least Squares Problems,
 * 1974, chapter 23), worked on the Gram matrix (Bro and De Jong, 1997). Throws a RangeError when the shapes do not
 * match, a number is not finite, or columns are dependent.
 */
export function nnls(a: Matrix, b: readonly number[]): { x: number[]; residual: number } {
  columnsOf(a);
  if (!b.every(Number.isFinite)) throw new RangeError('values must be finite');
  const x = nnlsGram(gram(a), project(a, b));
  let squares = 0;
  a.forEach((row, t) => {
    squares += (dot(row, x) - (b[t] as number)) ** 2;
  });
  return { x, residual: Math.sqrt(squares) };
}

/** The same from A'A and A'b alone, for many fits of one design. */
export function nnlsGram(ata: Matrix, atb: readonly number[]): number[] {
  const n = columnsOf(ata);
  const scale = ata.map((row, i) => Math.sqrt(row[i] as number));
  if (scale.some((size) => size === 0)) throw new RangeError('a column holds only zeros');
  const s = ata.map((row, i) => row.map((v, j) => v / ((scale[i] as number) * (scale[j] as number))));
  const v = atb.map((value, i) => value / (scale[i] as number));
  const free = unbounded(s, v);
  if (free) return free.map((value, i) => value / (scale[i] as number));
  const tolerance = 1e-12 * Math.max(...v.map(Math.abs), Number.MIN_VALUE);
  const passive = new Set<number>();
  let x = new Array<number>(n).fill(0);
  // Every step lowers the residual, so no passive set returns; the bound only guards against rounding.
  for (let step = 0; step < 10 * n + 10; step++) {
    const entering = steepest(s, v, x, passive, tolerance);
    if (entering === undefined) break;
    passive.add(entering);
    x = withinBounds(s, v, x, passive);
  }
  return x.map((value, i) => value / (scale[i] as number));
}

/** The least squares solution without bounds where it is within them, which is then the answer, as it mostly is. */
function unbounded(s: Matrix, v: readonly number[]): number[] | undefined {
  try {
    const x = solveSymmetric(s, v);
    // What is nothing but rounding above 0 may be below it.
    const least = 1e-12 * Math.max(...x);
    return x.every((value) => value > least) ? x : undefined;
  } catch (error) {
    // Of dependent columns only some may be needed.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The free variable whose increase lowers the residual fastest; none when no increase does. */
function steepest(
  s: Matrix,
  v: readonly number[],
  x: readonly number[],
  passive: ReadonlySet<number>,
  tolerance: number,
): number | undefined {
  let best: number | undefined;
  let slope = tolerance;
  s.forEach((row, i) => {
    if (passive.has(i)) return;
    const gradient = (v[i] as number) - dot(row, x);
    if (gradient > slope) {
      slope = gradient;
      best = i;
    }
  });
  return best;
}

/** Moves to the least squares solution on the passive set, dropping every variable that would pass through zero. */
function withinBounds(s: Matrix, v: readonly number[], from: number[], passive: Set<number>): number[] {
  let x = from;
  while (passive.size > 0) {
    const chosen = [...passive].sort((i, j) => i - j);
    const solution = solveSymmetric(
      chosen.map((i) => chosen.map((j) => (s[i] as readonly number[])[j] as number)),
      chosen.map((i) => v[i] as number),
    );
    const target = new Array<number>(x.length).fill(0);
    chosen.forEach((i, k) => {
      target[i] = solution[k] as number;
    });
    if (solution.every((value) => value > 0)) return target;
    const current = x;
    const reach = Math.min(
      ...chosen
        .filter((i) => (target[i] as number) <= 0)
        .map((i) => (current[i] as number) / ((current[i] as number) - (target[i] as number))),
    );
    x = current.map((value, i) => value + reach * ((target[i] as number) - value));
    for (const i of chosen) {
      if ((target[i] as number) <= 0 && (x[i] as number) <= 1e-15) {
        passive.delete(i);
        x[i] = 0;
      }
    }
  }
  return x;
}
