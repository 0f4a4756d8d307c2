import { Zone } from './zone.ts';

/**
 * Financial centres, with their shares of turnover (BIS triennial survey, 2022). What is missing to one is traded
 * elsewhere, and taken to be spread over the whole day.
 */
const centres = {
  London: { zone: new Zone('Europe/London'), share: 0.38 },
  NewYork: { zone: new Zone('America/New_York'), share: 0.19 },
  Singapore: { zone: new Zone('Asia/Singapore'), share: 0.094 },
  HongKong: { zone: new Zone('Asia/Hong_Kong'), share: 0.07 },
  Tokyo: { zone: new Zone('Asia/Tokyo'), share: 0.04 },
  Sydney: { zone: new Zone('Australia/Sydney'), share: 0.015 },
} as const;

export type Centre = keyof typeof centres;
export const centreNames = Object.keys(centres) as Centre[];

const elsewhere = 1 - Object.values(centres).reduce((sum, { share }) => sum + share, 0);
/** A business day in local hours. */
const BUSINESS = { from: 8, to: 17 };
const HOUR = 3600;

/**
 * A day on which less is traded. Without a centre all traffic from `from` to `to`, seconds since 1970, is multiplied by
 * `factor`, 0 to 1; with one only that centre's part of it, which is an assumption.
 */
export type Holiday = { name: string; from: number; to: number; factor: number; centre: Centre | null };

/** The local day `day`, days since 1970, of a centre or of a zone. Throws a RangeError for a factor outside 0 to 1. */
export function holidayOf(name: string, day: number, place: Centre | Zone, factor: number): Holiday {
  if (!(factor >= 0 && factor <= 1)) throw new RangeError(`a factor of ${factor} is not from 0 to 1`);
  const zone = place instanceof Zone ? place : centres[place].zone;
  const centre = place instanceof Zone ? null : place;
  return { name, from: zone.midnight(day), to: zone.midnight(day + 1), factor, centre };
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

/** The part of what is traded at `t` that is the centre's, when each spreads its share evenly over its business day. */
export function partOf(centre: Centre, t: number): number {
  const level = ({ zone, share }: (typeof centres)[Centre]) => {
    const hour = zone.local(t).seconds / HOUR;
    return hour >= BUSINESS.from && hour < BUSINESS.to ? (share * 24) / (BUSINESS.to - BUSINESS.from) : 0;
  };
  const all = Object.values(centres).reduce((sum, each) => sum + level(each), elsewhere);
  return level(centres[centre]) / all;
}
