import { declared, SECONDS_PER_DAY } from './declared.ts';
import type { Finding } from './findings.ts';
import type { StoragePlan } from './types.ts';

/** Dead rows waiting for vacuum, fragmented indexes, and room for a migration. */
const BLOAT = 1.2;
/** PostgreSQL's default `max_wal_size`. */
const WAL = 2 ** 30;
/** Days before a volume is full that are too few to enlarge it in peace. */
const SOON = 90;

export type Growth = { perDay: number; basis: 'measured' | 'declared' };

/** Growth from `rate` requests per second on average, each of which adds `bytes`. */
export function measuredGrowth(bytes: number, rate: number): Growth {
  return { perDay: bytes * rate * SECONDS_PER_DAY, basis: 'measured' };
}

export function declaredGrowth(tradesPerDay: number, tradeBytes: number): Growth {
  return { perDay: tradesPerDay * tradeBytes, basis: 'declared' };
}

export type StorageRequirement = {
  current: { bytes: number; basis: 'measured' | 'declared' };
  growth: Growth;
  /** Months of thirty days. */
  horizon: number;
  /** Share by which the load grows in a year. */
  loadGrowth: number;
  /** Size of the volume, where it is known. */
  capacity: number | undefined;
};

/**
 * Storage after the horizon. The load, and with it the growth, itself grows by `loadGrowth` a year; a month has 30 days
 * and a year twelve of them, as in the platform's planner.
 */
export function planStorage(requirement: StorageRequirement): { plan: StoragePlan; findings: Finding[] } {
  const { current, growth, horizon, loadGrowth, capacity } = requirement;
  const growthPerMonth = growth.perDay * declared.daysPerMonth;
  const projected = current.bytes + addedAfter(growthPerMonth, loadGrowth, horizon);
  const days =
    capacity === undefined ? null : daysUntil(capacity - current.bytes, growthPerMonth, loadGrowth);
  const plan: StoragePlan = {
    current: current.bytes,
    projected,
    growthPerDay: growth.perDay,
    growthPerMonth,
    growthPerYear: growthPerMonth * declared.monthsPerYear,
    recommended: projected * BLOAT + WAL,
    daysUntilFull: days,
    basis: growth.basis,
    currentBasis: current.basis,
  };
  if (days === null || capacity === undefined || days >= SOON) return { plan, findings: [] };
  return { plan, findings: [{ code: 'STORAGE_FILLS', severity: 'warning', args: { days, capacity } }] };
}

/** What is added in `months` months when the growth of a month rises by the share `yearly` a year. */
function addedAfter(perMonth: number, yearly: number, months: number): number {
  const rate = Math.log1p(yearly) / declared.monthsPerYear;
  // The limit of the integral below for no growth, which it divides by.
  if (rate === 0) return perMonth * months;
  return (perMonth * Math.expm1(rate * months)) / rate;
}

/** Days until `bytes` are added, the inverse of `addedAfter`; null when that never happens. */
function daysUntil(bytes: number, perMonth: number, yearly: number): number | null {
  if (bytes <= 0) return 0;
  if (perMonth <= 0) return null;
  const rate = Math.log1p(yearly) / declared.monthsPerYear;
  if (rate === 0) return (bytes / perMonth) * declared.daysPerMonth;
  return (Math.log1p((bytes * rate) / perMonth) / rate) * declared.daysPerMonth;
}
