import { gram, project, solveSymmetric } from './linear.ts';
import { throughputAt, type Usl } from './usl.ts';

/** What was measured at one concurrency: every repeat, and their mean, which counts once for each. */
export type Level = {
  readonly concurrency: number;
  readonly throughput: number;
  readonly throughputs: readonly number[];
};

const names = ['lambda', 'sigma', 'kappa'] as const;
const MOST_STEPS = 500;
/** Of the sum of squares: less than this is no progress. */
const PRECISION = 1e-14;
/** Of the sum of squares of the data: less than this is rounding, and a better fit is none. */
const ROUNDING = 1e-28;

/**
 * The law with the least squares of throughput under `lambda, sigma, kappa >= 0`, by the method of K. Levenberg (1944)
 * and D. Marquardt (1963), each step projected onto the bounds: a parameter at zero that would only go below is held
 * there. `free` names those that are not. Throws a RangeError when every throughput is zero.
 */
export function solveUsl(
  levels: readonly Level[],
  start = startOf(levels),
): { usl: Usl; free: (keyof Usl)[] } {
  let usl = start;
  let squares = squaresOf(levels, usl);
  const enough =
    ROUNDING *
    levels.reduce((sum, { throughput, throughputs }) => sum + throughputs.length * throughput ** 2, 0);
  let damping = 1e-3;
  for (let step = 0; step < MOST_STEPS && damping < 1e12 && squares > enough; step++) {
    const { free, move } = linearised(levels, usl);
    if (free.length === 0) break;
    const tried = moved(usl, free, move(damping));
    const triedSquares = squaresOf(levels, tried);
    if (!(triedSquares < squares)) {
      damping *= 4;
      continue;
    }
    const progress = squares - triedSquares;
    usl = tried;
    squares = triedSquares;
    damping = Math.max(damping / 8, 1e-12);
    if (progress <= PRECISION * squares) break;
  }
  return { usl, free: names.filter((name) => usl[name] > 0) };
}

/** As usl4j starts: a little of both penalties, and the best throughput per request. */
function startOf(levels: readonly Level[]): Usl {
  const lambda = Math.max(...levels.map(({ concurrency, throughput }) => throughput / concurrency));
  if (!(lambda > 0)) throw new RangeError('there is no law of a throughput of zero');
  return { lambda, sigma: 0.1, kappa: 0.01 };
}

function squaresOf(levels: readonly Level[], usl: Usl): number {
  let sum = 0;
  for (const { concurrency, throughput, throughputs } of levels)
    sum += throughputs.length * (throughput - throughputAt(usl, concurrency)) ** 2;
  return sum;
}

/** The derivatives of the throughput at `concurrency` by each parameter. */
export function slopes(usl: Usl, concurrency: number): Record<keyof Usl, number> {
  const throughput = throughputAt(usl, concurrency);
  const perSlowdown = (-throughput * throughput) / (usl.lambda * concurrency);
  const others = concurrency - 1;
  return {
    lambda: throughput / usl.lambda,
    sigma: perSlowdown * others,
    kappa: perSlowdown * others * concurrency,
  };
}

/** The parameters that may move, and where to for a given damping, in units of the parameters. */
function linearised(
  levels: readonly Level[],
  usl: Usl,
): { free: (keyof Usl)[]; move(damping: number): number[] } {
  const rows = levels.map(({ concurrency }) => slopes(usl, concurrency));
  const weights = levels.map(({ throughputs }) => throughputs.length);
  const residuals = levels.map(({ concurrency, throughput }) => throughput - throughputAt(usl, concurrency));
  const columnOf = (name: keyof Usl) => rows.map((row) => [row[name]]);
  const free = names.filter(
    (name) => usl[name] > 0 || (project(columnOf(name), residuals, weights)[0] as number) > 0,
  );
  const lengths = free.map((name) => Math.sqrt(gram(columnOf(name), weights)[0]?.[0] as number));
  const scaled = rows.map((row) => free.map((name, i) => row[name] / (lengths[i] as number)));
  const products = gram(scaled, weights);
  const downhill = project(scaled, residuals, weights);
  return {
    free,
    move(damping) {
      const damped = products.map((row, i) =>
        row.map((value, j) => (i === j ? value * (1 + damping) : value)),
      );
      return solveSymmetric(damped, downhill).map((value, i) => value / (lengths[i] as number));
    },
  };
}

function moved(usl: Usl, free: readonly (keyof Usl)[], by: readonly number[]): Usl {
  const next = { ...usl };
  free.forEach((name, i) => {
    next[name] = Math.max(0, usl[name] + (by[i] as number));
  });
  // Throughput is never all zero, so neither is lambda.
  if (next.lambda === 0) next.lambda = usl.lambda / 2;
  return next;
}
