import { FxscaleError } from '../errors.ts';
import { parseBytes, parseDuration, parseNumber, parsePercent } from '../units.ts';
import type { DatabaseOptions } from './database/plan.ts';
import type { LoadEvent, Slo } from './types.ts';
import { type Declared, lowestOf, middleOf } from './worlds.ts';

/** The flags of `fxscale plan` that are more than one quantity. Every parser throws USAGE with what would be right. */

export function wrong(text: string, what: string, right: string): FxscaleError {
  return new FxscaleError('USAGE', `${JSON.stringify(text)} is not ${what}: ${right}`);
}

/**
 * A parser of `lo..mid..hi`, each of which `parse` reads, or of one plain figure. The unit of the last may stand for all:
 * `800..1000..1500/s`.
 */
export function parseRange(parse: (text: string) => number): (text: string) => Declared {
  return (text) => {
    const parts = text.split('..');
    if (parts.length === 1) return parse(text);
    const unit = /[^\d.]*$/.exec(text)?.[0] ?? '';
    const [low = Number.NaN, mid = Number.NaN, high = Number.NaN] = parts.map((part) =>
      parse(/\d$/.test(part) ? part + unit : part),
    );
    if (parts.length !== 3 || !(low <= mid && mid <= high)) {
      throw wrong(text, 'a range', 'write lowest..likeliest..highest, for example 800..1000..1500/s');
    }
    return low === high ? mid : { low, mid, high };
  };
}

/** `NAME:MULTIPLIER:RISE:DECAY`, such as `nfp:3:60s:30m` or `nfp:2..3..5:60s:30m`. */
export function parseEvent(text: string): LoadEvent {
  const [name = '', multiplier = '', rise = '', decay = '', ...more] = text.split(':');
  if (name === '' || decay === '' || more.length > 0) {
    throw wrong(text, 'an event', 'write NAME:MULTIPLIER:RISE:DECAY, for example nfp:3:60s:30m');
  }
  const factor = parseRange(parseNumber)(multiplier);
  if (lowestOf(factor) < 1)
    throw wrong(text, 'an event', 'the multiplier is of the peak, so it is 1 or more');
  return {
    name,
    multiplier: middleOf(factor),
    ...(typeof factor === 'number' ? {} : { range: factor }),
    rise: parseDuration(rise),
    decay: parseDuration(decay),
  };
}

/** `p99=250ms`, or `trade:p99=250ms` for one class. */
export function parseSlo(text: string): Slo {
  const match = /^(?:(.+):)?p(\d+(?:\.\d+)?)=(.+)$/.exec(text);
  const quantile = Number(match?.[2] ?? Number.NaN) / 100;
  if (!match || !(quantile > 0 && quantile < 1)) {
    throw wrong(text, 'an SLO', 'write p99=250ms, or trade:p99=250ms for one class');
  }
  const seconds = parseDuration(match[3] ?? '');
  if (!(seconds > 0)) throw wrong(text, 'an SLO', 'the time must be above zero');
  return { ...(match[1] === undefined ? {} : { class: match[1] }), quantile, seconds };
}

/** `quote=70,trade=30`, in shares of any size or in percent. */
export function parseMix(text: string): Record<string, number> {
  const right = 'write CLASS=SHARE,..., for example quote=70,trade=30';
  const mix: Record<string, number> = {};
  for (const part of text.split(',')) {
    const match = /^(.+)=(\d+(?:\.\d+)?)%?$/.exec(part);
    const name = match?.[1] ?? '';
    if (name === '' || Object.hasOwn(mix, name)) throw wrong(text, 'a mix', right);
    mix[name] = Number(match?.[2]);
  }
  if (!Object.values(mix).some((share) => share > 0))
    throw wrong(text, 'a mix', 'one share must be above zero');
  return mix;
}

/** `20%/y`, or `2%/mo` compounded, as a share per year. */
export function parseGrowth(text: string): number {
  const match = /^(\d+(?:\.\d+)?%)\/(y|mo)$/.exec(text);
  if (!match) throw wrong(text, 'a growth', 'write for example 20%/y or 2%/mo');
  const share = Number.parseFloat(match[1] ?? '') / 100;
  return match[2] === 'y' ? share : (1 + share) ** 12 - 1;
}

/** `18mo` or `2y`, in months. */
export function parseHorizon(text: string): number {
  const match = /^(\d+)(mo|y)$/.exec(text);
  const months = Number(match?.[1] ?? 0) * (match?.[2] === 'y' ? 12 : 1);
  if (!(months >= 1)) throw wrong(text, 'a horizon', 'write for example 12mo or 2y');
  return months;
}

/** The same with a range: `10..20..40%/y`. */
export const parseGrowthRange = parseRange(parseGrowth);

/** A probability from 50 % to below 100 %. */
export function parseConfidence(text: string): number {
  const share = parsePercent(text);
  if (share < 0.5 || share >= 1) throw wrong(text, 'a confidence', 'write 50% up to 99.9%, for example 95%');
  return share;
}

/** A whole number of zero or more. */
export function parseSeed(text: string): number {
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(seed)) throw wrong(text, 'a seed', 'write a whole number, for example 1');
  return seed;
}

/** Zones, two or more: the loss of the only one leaves nothing. */
export function parseZones(text: string): number {
  return countOfPlaces(text, 'zones');
}

/** Regions, likewise. */
export function parseRegions(text: string): number {
  return countOfPlaces(text, 'regions');
}

function countOfPlaces(text: string, what: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count < 2 || count > 100) throw wrong(text, `a count of ${what}`, 'write 2 or more');
  return count;
}

/** A share of the CPU above none. */
export function parseThreshold(text: string): number {
  const share = parsePercent(text);
  if (share < 0.05) throw wrong(text, 'a threshold', 'write 5% to 100%, for example 80%');
  return share;
}

/** A number above zero. */
export function parsePositive(text: string): number {
  const value = parseNumber(text);
  if (!(value > 0)) throw wrong(text, 'a number above zero', 'write for example 1000');
  return value;
}

/** A duration above zero. */
export function parseTime(text: string): number {
  const seconds = parseDuration(text);
  if (!(seconds > 0)) throw wrong(text, 'a time above zero', 'write for example 100ms');
  return seconds;
}

/** Kilobytes and gigabytes of 1024 to the next, as the platform's planner counts them, in bytes. */
export function parseKilobytes(text: string): number {
  return parsePositive(text) * 2 ** 10;
}

export function parseGigabytes(text: string): number {
  return parseNumber(text) * 2 ** 30;
}

/** What is read again and again of a database: `10%` of it, or `40Gi`; each may be a range. */
export function parseWorkingSet(text: string): NonNullable<DatabaseOptions['workingSet']> {
  if (!text.endsWith('%')) return { bytes: parseRange(parseBytes)(text) };
  const share = parseRange(parsePercent)(text);
  if (!(lowestOf(share) > 0)) throw wrong(text, 'a working set', 'write for example 10% or 40Gi');
  return { share };
}

/** `p99=10ms`. */
export function parsePoolWait(text: string): { quantile: number; seconds: number } {
  const { class: name, ...wait } = parseSlo(text);
  if (name !== undefined) throw wrong(text, 'a wait', 'pools know no classes: write for example p99=10ms');
  return wait;
}
