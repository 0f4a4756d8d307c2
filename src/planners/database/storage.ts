import { declared, SECONDS_PER_DAY } from '../declared.ts';
import type { Finding } from '../findings.ts';
import { type Draws, enoughAt, spreadOf, type Worlds } from '../worlds.ts';
import type { StoragePlan } from './plan.ts';

/** Dead rows waiting for vacuum, fragmented indexes, and room for a migration. */
const BLOAT = 1.2;
/** Days before a volume is full that are too few to enlarge it in peace. */
const SOON = 90;
/** A monthly growth that adds nothing in a century, and that dividing by loses the digits of. */
const NO_GROWTH = 1e-12;
/** Months ahead that are looked at for the day on which a volume is full. */
const FAR = 1200;

export type Growth = { perDay: Draws; basis: 'measured' | 'declared' };

/** Growth from `rate` requests per second on average, each of which adds `bytes`. */
export function measuredGrowth(bytes: Draws, rate: Draws): Growth {
  const perDay = bytes.map((each, world) => Math.max(0, each) * (rate[world] as number) * SECONDS_PER_DAY);
  return { perDay, basis: 'measured' };
}

export function declaredGrowth(tradesPerDay: Draws, tradeBytes: Draws): Growth {
  const perDay = tradesPerDay.map((trades, world) => trades * (tradeBytes[world] as number));
  return { perDay, basis: 'declared' };
}

export type StorageRequirement = {
  current: { bytes: Draws; basis: 'measured' | 'declared' };
  growth: Growth;
  /** Months of thirty days. */
  horizon: number;
  /** Share by which the load grows in a year. */
  loadGrowth: Draws;
  confidence: number;
  /** Size of the volume, where it is known. */
  capacity: number | undefined;
  /** Months after which a monthly partition is dropped; undefined where everything is kept. */
  retention: number | undefined;
  /** Log that lies on the volume beside the data. */
  wal: number;
  /** Of tables and indexes, the share of the indexes; null where it is not known. */
  indexShare: number | null;
  replicas: number;
  backups: number | undefined;
};

/**
 * Storage after the horizon. The load, and with it the growth, itself grows by `loadGrowth` a year; a month has 30 days
 * and a year twelve of them, as in the platform's planner.
 */
export function planStorage(
  worlds: Worlds,
  requirement: StorageRequirement,
): { plan: StoragePlan; projected: Draws; findings: Finding[] } {
  const { current, growth, horizon, loadGrowth, confidence, capacity, retention, wal } = requirement;
  const histories = (world: number): History => ({
    current: current.bytes[world] as number,
    perMonth: (growth.perDay[world] as number) * declared.daysPerMonth,
    yearly: loadGrowth[world] as number,
    retention,
  });
  const projected = worlds.map((world) => {
    const history = histories(world);
    // What is there today must find room today, though less of it may be left at the horizon.
    return Math.max(history.current, bytesAfter(history, horizon));
  });
  const data = enoughAt(projected, confidence);
  const bloat = data * (BLOAT - 1);
  const { indexShare, replicas, backups } = requirement;
  const perMonth = spreadOf(growth.perDay).p50 * declared.daysPerMonth;
  const spread = spreadOf(projected);
  const days =
    capacity === undefined ? null : worlds.map((world) => daysUntil(histories(world), capacity - wal));
  const fills = days && daysPlan(days, confidence);
  const plan: StoragePlan = {
    current: spreadOf(current.bytes).p50,
    projected: spread.p50,
    spread,
    growthPerDay: perMonth / declared.daysPerMonth,
    growthPerMonth: perMonth,
    growthPerYear: perMonth * declared.monthsPerYear,
    recommended: data + bloat + wal,
    parts: {
      tables: indexShare === null ? null : data * (1 - indexShare),
      indexes: indexShare === null ? null : data * indexShare,
      bloat,
      wal,
    },
    retentionMonths: retention ?? null,
    replicas,
    backups: backups === undefined ? null : backups * data,
    daysUntilFull: fills?.days ?? null,
    daysUntilFullSpread: fills?.spread ?? null,
    basis: growth.basis,
    currentBasis: current.basis,
  };
  const findings: Finding[] = [];
  if (fills && fills.days !== null && capacity !== undefined && fills.days < SOON) {
    findings.push({ code: 'STORAGE_FILLS', severity: 'warning', args: { days: fills.days, capacity } });
  }
  if (retention !== undefined) {
    const args = { retention, plateau: horizon > retention, bytes: data };
    findings.push({ code: 'RETENTION', severity: 'info', args });
  }
  return { plan, projected, findings };
}

/** Bytes today and added each month today, the share by which that rises in a year, and months that data is kept. */
export type History = { current: number; perMonth: number; yearly: number; retention: number | undefined };

/**
 * Bytes after `months`. With a retention what lies in monthly partitions is dropped once the newest row of a partition
 * is too old, so that up to a month more is there. Today's data is taken to have come at today's rate, the most that can
 * be in the months that are still kept.
 */
export function bytesAfter({ current, perMonth, yearly, retention }: History, months: number): number {
  const added = addedAfter(perMonth, yearly, months);
  if (retention === undefined) return current + added;
  const kept = retention + 1;
  const old = Math.min(current, perMonth * Math.max(0, kept - months));
  return old + added - addedAfter(perMonth, yearly, Math.max(0, months - kept));
}

/** What is added in `months` months when the growth of a month rises by the share `yearly` a year. */
function addedAfter(perMonth: number, yearly: number, months: number): number {
  const rate = Math.log1p(yearly) / declared.monthsPerYear;
  // The limit of the integral below for no growth, which it divides by.
  if (rate < NO_GROWTH) return perMonth * months;
  return (perMonth * Math.expm1(rate * months)) / rate;
}

/** Days until there are `bytes`, the inverse of `bytesAfter`; infinite when there never are within a century. */
export function daysUntil(history: History, bytes: number): number {
  const { current, perMonth, yearly, retention } = history;
  if (bytes <= current) return 0;
  if (perMonth <= 0) return Number.POSITIVE_INFINITY;
  if (retention === undefined) {
    const rate = Math.log1p(yearly) / declared.monthsPerYear;
    const months =
      rate < NO_GROWTH
        ? (bytes - current) / perMonth
        : Math.log1p(((bytes - current) * rate) / perMonth) / rate;
    return months * declared.daysPerMonth;
  }
  // With a retention it never falls again, so halving finds the day; rounding must not take it off a plateau.
  const enough = bytes * (1 - 1e-12);
  let [low, high] = [0, FAR];
  if (bytesAfter(history, high) < enough) return Number.POSITIVE_INFINITY;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (bytesAfter(history, middle) < enough) low = middle;
    else high = middle;
  }
  return high * declared.daysPerMonth;
}

/** Days that pass at least at the confidence, and how many pass in a share of the worlds; null where it never fills. */
function daysPlan(days: Draws, confidence: number) {
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  const least = -enoughAt(
    days.map((each) => -each),
    confidence,
  );
  const at = (share: number) => finite(enoughAt(days, share));
  // Minus zero is not what JSON gives back.
  return { days: finite(least + 0), spread: { p5: at(0.05), p50: at(0.5), p95: at(0.95) } };
}
