import { type Centre, partOf, zoneOf } from './centre.ts';
import { Zone } from './zone.ts';

/**
 * A day on which less is traded. Without a centre all traffic from `from` to `to`, seconds since 1970, is multiplied by
 * `factor`, 0 to 1; with one only that centre's part of it, which is an assumption.
 */
export type Holiday = { name: string; from: number; to: number; factor: number; centre: Centre | null };

/** The local day `day`, days since 1970, of a centre or of a zone. Throws a RangeError for a factor outside 0 to 1. */
export function holidayOf(name: string, day: number, place: Centre | Zone, factor: number): Holiday {
  if (!(factor >= 0 && factor <= 1)) throw new RangeError(`a factor of ${factor} is not from 0 to 1`);
  const whole = place instanceof Zone;
  const zone = whole ? place : zoneOf(place);
  return { name, from: zone.midnight(day), to: zone.midnight(day + 1), factor, centre: whole ? null : place };
}

/** What all holidays together leave of the traffic at `t`, 0 to 1. Of several without a centre the quietest counts. */
export function holidaysFactor(holidays: readonly Holiday[], t: number): number {
  let left = 1;
  let cut = 0;
  for (const { from, to, factor, centre } of holidays) {
    if (t < from || t >= to) continue;
    if (centre === null) left = Math.min(left, factor);
    else cut += (1 - factor) * partOf(centre, t);
  }
  return left * Math.max(0, 1 - cut);
}
