import { estimateDemand } from '../models/demand.ts';
import type { Window } from './meters.ts';

/** Of the windows, at most this share may be left out at the start. */
const MOST = 0.4;
/** By leaving them out the criterion must fall to this share of itself. */
const GAIN = 0.75;
/** Of the windows left out, at least this share must have cost more than later ones. */
const DEARER = 0.8;

/**
 * How many windows at the start to leave out because the service was warming up: compiling code, opening connections,
 * filling caches. By the marginal standard error rule (K. P. White, An effective truncation heuristic for bias
 * reduction in simulation output, 1997): as many as make the squared error of the rest, divided by the square of its
 * number, smallest. A start that was not dearer than what came after it was not a warm-up, and stays.
 */
export function warmUpWindows(windows: readonly Window[], fewest: number): number {
  const most = Math.min(Math.floor(windows.length * MOST), windows.length - fewest);
  const whole = judge(windows, 0);
  if (whole === undefined) return 0;
  let best = { left: 0, error: whole.error * GAIN };
  for (let left = 1; left <= most; left++) {
    const judged = judge(windows, left);
    if (judged && judged.dearer >= DEARER && judged.error < best.error) best = { left, error: judged.error };
  }
  return best.left;
}

/** The criterion without the first `left` windows, and the share of those that cost more than the rest tells. */
function judge(windows: readonly Window[], left: number): { error: number; dearer: number } | undefined {
  const rest = windows.slice(left);
  const classes = (rest[0]?.counts ?? []).map((_, k) => k);
  // A class that is only in the windows left out would have nothing to be fitted by.
  if (!classes.every((k) => rest.some(({ counts }) => (counts[k] ?? 0) > 0))) return undefined;
  const { background, demands } = estimateDemand(rest);
  const excess = windows.map(({ idle, counts, used }) => {
    const expected = counts.reduce((sum, count, k) => sum + count * (demands[k] ?? 0), background * idle);
    return expected === 0 ? 0 : used / expected - 1;
  });
  const squares = excess.slice(left).reduce((sum, value) => sum + value ** 2, 0);
  const dearer = excess.slice(0, left).filter((value) => value > 0).length;
  return { error: squares / rest.length ** 2, dearer: left === 0 ? 0 : dearer / left };
}
