import { FxscaleError } from './errors.ts';
import type { Holiday } from './models/traffic/holiday.ts';
import { assumptionsOf, expectedRates, type Traffic } from './models/traffic/traffic.ts';
import type { Zone } from './models/traffic/zone.ts';
import { START } from './planners/autoscaling/assumed-traffic.ts';
import { sized } from './planners/autoscaling/world.ts';
import { summarise } from './planners/traffic/summary.ts';
import { plannedTraffic } from './planners/traffic/traffic.ts';
import type { Declared } from './planners/worlds.ts';
import type { TrafficReport } from './report/traffic.ts';
import { type PlacedEvent, timeFrom } from './simulate-flags.ts';
import { readTraffic } from './traffic-source.ts';

/** What `fxscale traffic` is told. Seconds, requests per second; growth per year. */
export type TrafficFlags = {
  mean?: number;
  peak?: number;
  growth?: Declared;
  horizon: number;
  event: PlacedEvent[];
  holiday: Holiday[];
  start?: number;
  days?: number;
  zone: Zone;
};

const DAY = 86_400;
const WEEK_IN_DAYS = 7;
/** Ten years of minutes, and as many rates in a file, are held in memory. */
const MOST_DAYS = 3653;
const MOST_STEPS = 6e6;

type Read = {
  name: string;
  traffic: Traffic;
  start: number;
  days: number;
  /** What it is to be sized to; of a preset without a size the mean is taken as the unit. */
  size: { mean?: number; peak?: number };
  shapeOnly: boolean;
};

/** What to tell of the traffic; `now` is seconds since 1970. Throws USAGE, FILE, REFUSED and UNREACHABLE. */
export async function trafficReport(
  source: string,
  flags: TrafficFlags,
  now: number,
): Promise<TrafficReport> {
  const { name, traffic, start, days, size, shapeOnly } = await read(source, flags, now);
  const { growth, horizon, holiday: holidays, zone } = flags;
  const { base, events } = traffic;
  const recorded = 'history' in base ? base.history : null;
  return {
    name,
    recordedEvery: recorded?.step ?? null,
    unit: shapeOnly ? 'mean' : 'requests/s',
    summary: summarise(traffic, { start, days, zone }),
    planned: plannedTraffic(base, {
      ...size,
      growth,
      horizonMonths: horizon,
      events,
      holidays,
      start: recorded?.to ?? start,
    }),
    horizonMonths: horizon,
    events,
    holidays,
    assumptions: assumptionsOf(traffic),
  };
}

/** The rates of the traffic every `step` seconds, with events and without growth. Throws as `trafficReport`. */
export async function trafficSteps(
  source: string,
  flags: TrafficFlags,
  step: number,
  now: number,
): Promise<{ t: number; rate: number }[]> {
  const { traffic, start, days } = await read(source, flags, now);
  const steps = Math.max(1, Math.round((days * DAY) / step));
  if (steps > MOST_STEPS)
    throw new FxscaleError('USAGE', `--step cuts the traffic into ${steps} rates: choose a longer one`);
  const rates = expectedRates(traffic, start, step, steps);
  return Array.from(rates, (rate, i) => ({ t: start + i * step, rate }));
}

async function read(source: string, flags: TrafficFlags, now: number): Promise<Read> {
  const { name, base } = await readTraffic(source, now, process.env);
  const { mean, peak, holiday: holidays } = flags;
  const recorded = 'history' in base ? base.history : null;
  const start = flags.start ?? recorded?.from ?? START;
  const days = flags.days ?? (recorded === null ? WEEK_IN_DAYS : (recorded.to - start) / DAY);
  if (!(days > 0))
    throw new FxscaleError('USAGE', `--start is after the end of ${name}: say with --days how long to go on`);
  if (days > MOST_DAYS)
    throw new FxscaleError('USAGE', `${days} days are too many to look at: choose --days up to ${MOST_DAYS}`);
  const events = flags.event.map(({ moment, ...event }) => ({ ...event, at: timeFrom(moment, start) }));
  const shapeOnly = recorded === null && mean === undefined && peak === undefined;
  const size = {
    ...(shapeOnly ? { mean: 1 } : {}),
    ...(mean === undefined ? {} : { mean }),
    ...(peak === undefined ? {} : { peak }),
  };
  const traffic = sized({ base, events, holidays, scale: 1 }, size, start, days);
  return { name, traffic, start, days, size, shapeOnly };
}
