import { quantile } from '../../models/quantile.ts';
import { type Centre, centreNames, inBusiness } from '../../models/traffic/centre.ts';
import { expectedRates, type Traffic } from '../../models/traffic/traffic.ts';
import type { Zone } from '../../models/traffic/zone.ts';

/** What traffic is like from `start` on, for `days`. Rates are means of a minute and requests per second. */
export type TrafficSummary = {
  start: number;
  days: number;
  /** Without events. */
  mean: number;
  p95: number;
  peak: { rate: number; at: number };
  peakToMean: number;
  /** With events; null when there are none in that time. */
  withEvents: { rate: number; at: number } | null;
  /** Means by weekday in UTC, Sunday first, and hour; null for hours that are not in that time. Without events. */
  week: (number | null)[][];
  busiestHour: { utc: number; rate: number };
  busiestWeekday: { weekday: number; rate: number };
  /** The zone that is shown beside UTC, and what its clock shows at each hour of UTC, at the start. */
  zone: { name: string; clock: { hour: number; minute: number }[] };
  /** The hours of UTC whose middle is within the business day of a centre, at the start. */
  sessions: { centre: Centre; hours: number[] }[];
  /** Of every hour from the start the mean and the highest, with events. */
  hours: { t: number; mean: number; highest: number }[];
};

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

export function summarise(
  traffic: Traffic,
  { start, days, zone }: { start: number; days: number; zone: Zone },
): TrafficSummary {
  const rates = minutesOf({ ...traffic, events: [] }, start, days);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const peak = highestOf(rates, start);
  const eventful = traffic.events.length === 0 ? rates : minutesOf(traffic, start, days);
  const top = highestOf(eventful, start);
  const week = weekOf(rates, start);
  const midnight = Math.floor(start / DAY) * DAY;
  const clock = Array.from({ length: 24 }, (_, hour) => hour);
  return {
    start,
    days,
    mean,
    p95: quantile([...rates], 0.95),
    peak,
    peakToMean: mean > 0 ? peak.rate / mean : 1,
    withEvents: top.rate > peak.rate ? top : null,
    week,
    busiestHour: busiestHour(week),
    busiestWeekday: busiestWeekday(week),
    zone: {
      name: zone.name,
      clock: clock.map((hour) => {
        const { seconds } = zone.local(midnight + hour * HOUR);
        return { hour: Math.floor(seconds / HOUR), minute: Math.floor((seconds % HOUR) / MINUTE) };
      }),
    },
    sessions: centreNames.map((centre) => ({
      centre,
      hours: clock.filter((hour) => inBusiness(centre, midnight + (hour + 0.5) * HOUR)),
    })),
    hours: hoursOf(eventful, start),
  };
}

function minutesOf(traffic: Traffic, start: number, days: number): Float64Array {
  return expectedRates(traffic, start, MINUTE, Math.max(1, Math.round((days * DAY) / MINUTE)));
}

function hoursOf(rates: Float64Array, start: number): TrafficSummary['hours'] {
  const perHour = HOUR / MINUTE;
  return Array.from({ length: Math.ceil(rates.length / perHour) }, (_, i) => {
    const hour = rates.subarray(i * perHour, (i + 1) * perHour);
    return {
      t: start + i * HOUR,
      mean: hour.reduce((sum, rate) => sum + rate, 0) / hour.length,
      highest: hour.reduce((a, b) => Math.max(a, b)),
    };
  });
}

function highestOf(rates: Float64Array, start: number): { rate: number; at: number } {
  let best = 0;
  for (let i = 1; i < rates.length; i++) if ((rates[i] as number) > (rates[best] as number)) best = i;
  return { rate: rates[best] as number, at: start + best * MINUTE };
}

function weekOf(rates: Float64Array, start: number): (number | null)[][] {
  const sums = new Float64Array(7 * 24);
  const counts = new Float64Array(7 * 24);
  rates.forEach((rate, i) => {
    const hour = Math.floor((start + i * MINUTE) / HOUR);
    // 1 January 1970 was a Thursday.
    const at = (hour + 4 * 24) % (7 * 24);
    sums[at] = (sums[at] as number) + rate;
    counts[at] = (counts[at] as number) + 1;
  });
  const of = (at: number) => (counts[at] === 0 ? null : (sums[at] as number) / (counts[at] as number));
  return Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => of(24 * day + hour)));
}

/** In the mean over the days. */
function busiestHour(week: TrafficSummary['week']): { utc: number; rate: number } {
  const means = Array.from({ length: 24 }, (_, hour) => meanOf(week.map((day) => day[hour] ?? null)));
  const utc = means.indexOf(Math.max(...means));
  return { utc, rate: means[utc] as number };
}

function busiestWeekday(week: TrafficSummary['week']): { weekday: number; rate: number } {
  const means = week.map(meanOf);
  const weekday = means.indexOf(Math.max(...means));
  return { weekday, rate: means[weekday] as number };
}

function meanOf(values: readonly (number | null)[]): number {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
}
