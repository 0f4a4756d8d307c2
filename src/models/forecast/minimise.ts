/**
 * The smallest of what `f` is within the box [0, 1]^n, as far as found from every one of `starts`, by the simplex of
 * J. Nelder and R. Mead (1965), whose points are moved onto the box. A simplex can shrink before it is at a minimum, so
 * it begins anew at its best point until that gains nothing. Values of `f` that are not numbers count as infinite.
 * Throws a RangeError without starts.
 */
export function minimise(
  f: (point: readonly number[]) => number,
  starts: readonly (readonly number[])[],
): { point: number[]; value: number } {
  const measure = (point: number[]): Vertex => {
    const value = f(point);
    return { point, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  let best: Vertex | undefined;
  for (const start of starts) {
    const found = descend(measure, start.map(within));
    if (best === undefined || found.value < best.value) best = found;
  }
  if (best === undefined) throw new RangeError('a search needs a place to start from');
  return best;
}

type Vertex = { point: number[]; value: number };

const FIRST_SIZE = 0.1;
/** Both as a share: of the value, and of the side of the box. */
const PRECISION = { value: 1e-12, size: 1e-9 };
const MOST_STEPS = 400;
const MOST_RESTARTS = 6;

function descend(measure: (point: number[]) => Vertex, start: number[]): Vertex {
  let best = measure(start);
  for (let restart = 0; restart < MOST_RESTARTS; restart++) {
    const found = simplexSearch(measure, best, FIRST_SIZE / 4 ** restart);
    const gained = best.value - found.value;
    best = found;
    if (restart > 0 && !(gained > PRECISION.value * Math.abs(best.value))) break;
  }
  return best;
}

function simplexSearch(measure: (point: number[]) => Vertex, start: Vertex, size: number): Vertex {
  const n = start.point.length;
  let simplex = [
    start,
    // Inwards, where a step outwards would be moved back onto the start.
    ...start.point.map((x, i) => measure(start.point.with(i, x + size <= 1 ? x + size : x - size))),
  ];
  for (let step = 0; step < MOST_STEPS; step++) {
    simplex.sort((a, b) => a.value - b.value);
    const [best, worst] = [simplex[0] as Vertex, simplex[n] as Vertex];
    if (isSmall(simplex, best, worst)) break;
    const others = simplex.slice(0, n);
    const middle = best.point.map(
      (_, i) => others.reduce((sum, { point }) => sum + (point[i] as number), 0) / n,
    );
    const along = (share: number) =>
      measure(middle.map((x, i) => within(x + share * ((worst.point[i] as number) - x))));
    const reflected = along(-1);
    if (reflected.value < best.value) {
      const expanded = along(-2);
      others.push(expanded.value < reflected.value ? expanded : reflected);
    } else if (reflected.value < (others[n - 1] as Vertex).value) others.push(reflected);
    else {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      if (contracted.value < Math.min(worst.value, reflected.value)) others.push(contracted);
      else {
        const shrunk = simplex
          .slice(1)
          .map(({ point }) => measure(point.map((x, i) => (x + (best.point[i] as number)) / 2)));
        simplex = [best, ...shrunk];
        continue;
      }
    }
    simplex = others;
  }
  return simplex.reduce((best, vertex) => (vertex.value < best.value ? vertex : best));
}

function isSmall(simplex: readonly Vertex[], best: Vertex, worst: Vertex): boolean {
  const wide = simplex.some(({ point }) =>
    point.some((x, i) => Math.abs(x - (best.point[i] as number)) > PRECISION.size),
  );
  return !wide || worst.value - best.value <= PRECISION.value * Math.abs(best.value);
}

function within(x: number): number {
  return Math.min(1, Math.max(0, x));
}
