/** Seconds that work is late at worst, and the share of the steps in which some is. */
export type Lateness = { readonly worst: number; readonly share: number };

/**
 * What a request of `cores` costs on a node that is full, where a pod gets what it asked for and no more: work beyond it
 * waits for later steps (D. Lindley, 1952: W' = max(0, W + (use - cores) step)), and the last of it is W / cores late.
 * A gap in `use` ends the queue. It is what was recorded that is replayed: a limit that throttled hides what was wanted.
 */
export function latenessAt(use: Float64Array, cores: number, step: number): Lateness {
  if (!(cores > 0)) throw new RangeError(`a request of ${cores} is not above 0`);
  let [waiting, worst, late, steps] = [0, 0, 0, 0];
  for (let i = 0; i < use.length; i++) {
    const cpu = use[i] as number;
    if (Number.isNaN(cpu)) {
      waiting = 0;
      continue;
    }
    steps++;
    waiting = Math.max(0, waiting + (cpu - cores) * step);
    if (waiting > 0) late++;
    worst = Math.max(worst, waiting / cores);
  }
  return { worst, share: steps === 0 ? 0 : late / steps };
}
