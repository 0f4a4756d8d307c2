import { declared } from './declared.ts';
import type { Inputs, Plan } from './types.ts';
import { type Draws, spreadOf, type Worlds } from './worlds.ts';

/** Requests per second in every world, with the shares of the classes, which sum to one. */
export type Load = {
  /** Today's peak, the same at the end of the horizon, and that at the top of the strongest event. */
  now: Draws;
  peak: Draws;
  withEvents: Draws;
  mix: Record<string, number>;
};

/** What is to be carried; null when only a database was declared. The mix is asked for only when there is a load. */
export function loadIn(worlds: Worlds, inputs: Inputs, mix: () => Load['mix']): Load | null {
  const now = nowIn(worlds, inputs);
  if (now === null) return null;
  return { now, ...grownIn(worlds, inputs, now), mix: mix() };
}

/** The same rate at the end of the horizon, and at the top of the strongest event. */
export function grownIn(
  worlds: Worlds,
  { growth, horizonMonths, events }: Inputs,
  now: Draws,
): Pick<Load, 'peak' | 'withEvents'> {
  const years = horizonMonths / declared.monthsPerYear;
  const yearly = worlds.declared('growth', growth);
  const multipliers = events.map(({ name, multiplier, range }) =>
    worlds.declared(`event ${name}`, range ?? multiplier),
  );
  const peak = worlds.map((world) => (now[world] as number) * (1 + (yearly[world] as number)) ** years);
  const strongest = (world: number) =>
    multipliers.reduce((most, each) => Math.max(most, each[world] as number), 1);
  return { peak, withEvents: worlds.map((world) => (peak[world] as number) * strongest(world)) };
}

/** Users who each wait for their answer send no more than their number over the time of a request. */
function nowIn(worlds: Worlds, { peak, declared: { users, latency } }: Inputs): Draws | null {
  if (peak === null) return null;
  if (peak.source !== 'users' || users === undefined || latency === undefined) {
    return worlds.declared('peak', peak.rate);
  }
  const [count, seconds] = [worlds.declared('users', users), worlds.declared('latency', latency)];
  return worlds.map((world) => (count[world] as number) / (seconds[world] as number));
}

/** The middle of the worlds. */
export function middleLoad({ peak, withEvents, mix }: Load): NonNullable<Plan['load']> {
  const spread = { peak: spreadOf(peak), withEvents: spreadOf(withEvents) };
  return { peak: spread.peak.p50, withEvents: spread.withEvents.p50, mix, spread };
}
