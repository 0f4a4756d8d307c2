import { checkCount } from './domain.ts';

/** Beyond this many the coalitions, two to that power, take too long to try. */
export const MOST_PLAYERS = 16;

/**
 * What each of `players` contributes to the difference between all of them and none: the mean, over all orders in which
 * they may come, of what `worth` gains when that one comes. The contributions sum to the difference (L. S. Shapley, A
 * value for n-person games, 1953). `worth` takes whether each is there. Throws a RangeError for more than MOST_PLAYERS.
 */
export function shapley(players: number, worth: (there: readonly boolean[]) => number): number[] {
  checkCount('players', players, 0);
  if (players > MOST_PLAYERS) throw new RangeError(`${players} players are more than ${MOST_PLAYERS}`);
  const worths = Array.from({ length: 2 ** players }, (_, coalition) =>
    worth(Array.from({ length: players }, (_, player) => has(coalition, player))),
  );
  const weights = weightsFor(players);
  return Array.from({ length: players }, (_, player) =>
    worths.reduce((sum, before, coalition) => {
      if (has(coalition, player)) return sum;
      const after = worths[coalition + 2 ** player] as number;
      return sum + (weights[sizeOf(coalition)] as number) * (after - before);
    }, 0),
  );
}

/** Of a coalition by its size s: s! (n - s - 1)! / n!, which is 1 / n over the binomial coefficient of n - 1 and s. */
function weightsFor(players: number): number[] {
  const weights = [1 / players];
  for (let size = 1; size < players; size++)
    weights.push(((weights[size - 1] as number) * size) / (players - size));
  return weights;
}

function has(coalition: number, player: number): boolean {
  return (coalition & (2 ** player)) !== 0;
}

function sizeOf(coalition: number): number {
  let size = 0;
  for (let rest = coalition; rest > 0; rest &= rest - 1) size++;
  return size;
}
