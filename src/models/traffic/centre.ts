import { Zone } from './zone.ts';

/**
 * Financial centres, in the order in which a day reaches them, with their shares of turnover (BIS triennial survey,
 * 2022). What is missing to one is traded elsewhere, and taken to be spread over the whole day.
 */
const centres = {
  Sydney: { zone: new Zone('Australia/Sydney'), share: 0.015 },
  Tokyo: { zone: new Zone('Asia/Tokyo'), share: 0.04 },
  HongKong: { zone: new Zone('Asia/Hong_Kong'), share: 0.07 },
  Singapore: { zone: new Zone('Asia/Singapore'), share: 0.094 },
  London: { zone: new Zone('Europe/London'), share: 0.38 },
  NewYork: { zone: new Zone('America/New_York'), share: 0.19 },
} as const;

export type Centre = keyof typeof centres;
export const centreNames = Object.keys(centres) as Centre[];

const elsewhere = 1 - Object.values(centres).reduce((sum, { share }) => sum + share, 0);
/** A business day in local hours. */
export const BUSINESS = { from: 8, to: 17 };
const HOUR = 3600;

export function zoneOf(centre: Centre): Zone {
  return centres[centre].zone;
}

/** Whether it is a local hour of business in the centre at `t`, seconds since 1970, whatever the day. */
export function inBusiness(centre: Centre, t: number): boolean {
  const hour = zoneOf(centre).local(t).seconds / HOUR;
  return hour >= BUSINESS.from && hour < BUSINESS.to;
}

/** The part of what is traded at `t` that is the centre's, when each spreads its share evenly over its business day. */
export function partOf(centre: Centre, t: number): number {
  const level = (name: Centre) =>
    inBusiness(name, t) ? (centres[name].share * 24) / (BUSINESS.to - BUSINESS.from) : 0;
  return level(centre) / centreNames.reduce((sum, name) => sum + level(name), elsewhere);
}
