import type { Cause } from '../../models/world/violation.ts';
import type { Score } from './tune.ts';

/** The best `count`, by layers: those that no other beats on both axes, then those that only the first beat, ... */
export function bestOf(scores: readonly Score[], count: number): Score[] {
  const chosen: Score[] = [];
  let rest = [...scores];
  while (chosen.length < count && rest.length > 0) {
    const layer = frontierOf(rest);
    chosen.push(...layer);
    const taken = new Set(layer);
    rest = rest.filter((score) => !taken.has(score));
  }
  return chosen.slice(0, Math.max(count, 0));
}

/** Those that no other is both cheaper and better than, the cheapest first. */
export function frontierOf<T extends Score>(scores: readonly T[]): T[] {
  const sorted = scores.toSorted((a, b) => a.podHours - b.podHours || a.violated - b.violated);
  let least = Number.POSITIVE_INFINITY;
  return sorted.filter(({ violated }) => {
    if (violated >= least) return false;
    least = violated;
    return true;
  });
}

/** The cheapest within `budget` seconds; if there is none the one that breaks the SLO least. */
export function choose(scores: readonly Score[], budget: number): Score | undefined {
  const whole = scores.filter(({ abandoned }) => !abandoned);
  const kept = whole.filter(({ violated }) => violated <= budget);
  if (kept.length > 0) return frontierOf(kept)[0];
  return frontierOf(whole).at(-1);
}

/** Of the cheapest within `budget` first, and then the best of the rest: what is worth trying on more seeds. */
export function shortlist(scores: readonly Score[], budget: number, count: number): Score[] {
  const cheapest = cheapestWithin(scores, budget, Math.ceil(count / 2));
  const others = scores.filter((score) => !cheapest.includes(score) && !score.abandoned);
  return [...cheapest, ...bestOf(others, count - cheapest.length)];
}

/**
 * What is worth trying over the whole time, of scores of the half day with the highest load: `count` by layers, and half
 * as many again of the cheapest that may keep to `budget`, where that half day is the only bad one, or one on each of
 * `days`. The first alone are mostly cheap ones that break the SLO.
 */
export function worthAll(
  scores: readonly Score[],
  { budget, days }: { budget: number; days: number },
  count: number,
): { layers: Score[]; cheapest: Score[] } {
  const layers = bestOf(scores, count);
  const some = Math.ceil(count / 4);
  const rest = scores.filter((score) => !layers.includes(score));
  const once = cheapestWithin(rest, budget, some);
  const daily = cheapestWithin(
    rest.filter((score) => !once.includes(score)),
    budget / Math.max(1, days),
    some,
  );
  return { layers, cheapest: [...once, ...daily] };
}

function cheapestWithin(scores: readonly Score[], budget: number, count: number): Score[] {
  return scores
    .filter(({ violated, abandoned }) => violated <= budget && !abandoned)
    .toSorted((a, b) => a.podHours - b.podHours)
    .slice(0, count);
}

/** The means of two scores of one candidate, over all their seeds. */
export function combined(a: Score, b: Score): Score {
  const seeds = a.seeds + b.seeds;
  const mean = (x: number, y: number) => (x * a.seeds + y * b.seeds) / seeds;
  const causes = Object.fromEntries(
    [...new Set([...Object.keys(a.causes), ...Object.keys(b.causes)])].map((cause) => [
      cause,
      mean(a.causes[cause as Cause] ?? 0, b.causes[cause as Cause] ?? 0),
    ]),
  );
  return {
    candidate: a.candidate,
    violated: mean(a.violated, b.violated),
    podHours: mean(a.podHours, b.podHours),
    causes,
    seeds,
    abandoned: a.abandoned || b.abandoned,
  };
}
