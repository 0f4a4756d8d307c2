import { grown } from '../../models/forecast/growth.ts';
import { busiestSecond } from '../../models/traffic/busiest-second.ts';
import type { TrafficEvent } from '../../models/traffic/event.ts';
import type { History } from '../../models/traffic/history.ts';
import type { Holiday } from '../../models/traffic/holiday.ts';
import { expectedRates, type Traffic } from '../../models/traffic/traffic.ts';
import { sized } from '../autoscaling/world.ts';
import type { LoadEvent } from '../types.ts';
import { type Declared, highestOf, lowestOf, middleOf } from '../worlds.ts';
import type { TrafficFinding } from './findings.ts';
import { type Level, levelOf, type TrafficForecast, type WithinHour } from './forecast.ts';
import { type Growth, growthUntil } from './growth.ts';

export type TrafficOptions = {
  /** Per year; without it the trend of the record counts, where it shows one. */
  growth?: Declared | undefined;
  horizonMonths: number;
  /** An event without a time is put onto the busiest moment of the week. */
  events: readonly (LoadEvent & { at?: number })[];
  holidays?: readonly Holiday[];
  /** The size of a shape, without events; a record that is given one is taken as a shape, and not forecast. */
  peak?: Declared | undefined;
  mean?: Declared | undefined;
  /** Seconds since 1970, from when on the week is looked at that decides. */
  start: number;
};

/** Rates in requests per second, before events and holidays unless said otherwise. */
export type PlannedTraffic = {
  /** At the horizon, with events and holidays, for the simulator. */
  traffic: Traffic;
  /** At the horizon: a range by the error of the forecast and of the growth. */
  peak: Declared;
  mean: number;
  /** Before growth: the next week. `peak` is that after `growth`, which is drawn by itself in the worlds of a plan. */
  now: { peak: Declared; mean: number };
  growth: Growth;
  basis: 'measured' | 'declared';
  /** The busiest second of an hour at the peak, by chance alone, which it does not exceed with that probability. */
  busiestSecond: { rate: number; quantile: number };
  withinHour: WithinHour | null;
  forecast: TrafficForecast | null;
  findings: TrafficFinding[];
};

const MINUTE = 60;
const HOUR = 3600;
const WEEK = 7 * 86_400;
const BUSIEST = 0.95;

/**
 * The traffic to plan for: a shape of a declared size, or what was recorded, forecast; then growth until the horizon.
 * Throws USAGE for a shape without a size, and REFUSED for a record that does not show hours.
 */
export function plannedTraffic(base: Traffic['base'], options: TrafficOptions): PlannedTraffic {
  const { horizonMonths: months, start, holidays = [] } = options;
  const measured = 'history' in base && options.peak === undefined && options.mean === undefined;
  const level = measured ? levelOf(base.history) : declaredLevel(base, options);
  const { growth, findings } = growthUntil(options.growth, measured ? base.history : null, months);
  const factor = growthFactor(growth.perYear, months);
  const [mean, peak] = [level.mean * middleOf(factor), product(level.peak, factor)];
  const calm = scaledTo(measured ? { history: lastSeason(base.history) } : base, start, mean);
  const { events, placed } = eventsOf(options.events, calm, start);
  const seen = measured && base.history.step <= 1;
  return {
    traffic: { ...calm, events, holidays },
    peak,
    mean,
    now: { peak: level.peak, mean: level.mean },
    growth,
    basis: measured ? 'measured' : 'declared',
    busiestSecond: {
      rate: seen ? middleOf(peak) : busiestSecond(middleOf(peak), BUSIEST, HOUR),
      quantile: BUSIEST,
    },
    withinHour: level.withinHour,
    forecast: level.forecast,
    findings: [...level.findings, ...findings, ...placed],
  };
}

function declaredLevel(base: Traffic['base'], { peak, mean, start }: TrafficOptions): Level {
  const size = {
    ...(peak === undefined ? {} : { peak: middleOf(peak) }),
    ...(mean === undefined ? {} : { mean: middleOf(mean) }),
  };
  const traffic = sized({ base, events: [], scale: 1 }, size, start, WEEK / 86_400);
  const rates = minutesOf(traffic, start);
  const highest = rates.reduce((a, b) => Math.max(a, b), 0);
  const stated = peak ?? mean ?? highest;
  return {
    peak: product(stated, highest / middleOf(stated)),
    mean: rates.reduce((sum, rate) => sum + rate, 0) / rates.length,
    forecast: null,
    withinHour: null,
    findings: [],
  };
}

/** With that mean over the week from `start` on. */
function scaledTo(base: Traffic['base'], start: number, mean: number): Traffic {
  const rates = minutesOf({ base, events: [], scale: 1 }, start);
  const now = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  return { base, events: [], scale: now > 0 ? mean / now : 1 };
}

/** What comes again: the last week of the record, or all of it when that is shorter. */
function lastSeason(history: History): History {
  return { ...history, from: Math.max(history.from, history.to - WEEK) };
}

function eventsOf(events: TrafficOptions['events'], calm: Traffic, start: number) {
  const rates = minutesOf(calm, start);
  const busiest =
    start + MINUTE * rates.reduce((best, rate, i) => (rate > (rates[best] as number) ? i : best), 0);
  const placed: TrafficFinding[] = events
    .filter(({ at }) => at === undefined)
    .map(({ name }) => ({ code: 'EVENT_AT_BUSIEST', severity: 'info', args: { event: name, at: busiest } }));
  return {
    events: events.map(
      ({ name, multiplier, rise, decay, at = busiest }): TrafficEvent => ({
        name,
        multiplier,
        rise,
        decay,
        at,
      }),
    ),
    placed,
  };
}

function minutesOf(traffic: Traffic, start: number): Float64Array {
  return expectedRates(traffic, start, MINUTE, WEEK / MINUTE);
}

function growthFactor(perYear: Declared, months: number): Declared {
  return mapped(perYear, (rate) => grown(1, rate, months / 12));
}

function mapped(figure: Declared, f: (value: number) => number): Declared {
  if (typeof figure === 'number') return f(figure);
  return { low: f(figure.low), mid: f(figure.mid), high: f(figure.high) };
}

/** Of two figures that have nothing to do with each other: how far off they are adds up as squares of logarithms. */
function product(a: Declared, b: Declared): Declared {
  const mid = middleOf(a) * middleOf(b);
  if (typeof a === 'number' && typeof b === 'number') return mid;
  const off = (end: (figure: Declared) => number) =>
    Math.hypot(...[a, b].map((each) => (middleOf(each) > 0 ? Math.log(end(each) / middleOf(each)) : 0)));
  return { low: mid * Math.exp(-off(lowestOf)), mid, high: mid * Math.exp(off(highestOf)) };
}
