import { type Trend, trendOf } from '../../models/forecast/trend.ts';
import type { History } from '../../models/traffic/history.ts';
import { LEVEL, rangeOf } from '../interval-range.ts';
import { type Declared, middleOf } from '../worlds.ts';
import type { TrafficFinding } from './findings.ts';

/** Growth until the horizon: per year, as it was declared or as the record shows it. */
export type Growth = { perYear: Declared; from: 'declared' | 'trend' | 'none' };

const WEEK = 7 * 86_400;
const WEEKS_PER_YEAR = 365.25 / 7;
/** Whole weeks that make a trend: with fewer one odd week decides it. */
const FEWEST_WEEKS = 8;

/**
 * A declared growth wins over that of the record. The trend of whole weeks is carried no further ahead than the record
 * reaches back, and beyond that its level is kept; a fall is not carried at all.
 */
export function growthUntil(
  declared: Declared | undefined,
  history: History | null,
  months: number,
): { growth: Growth; findings: TrafficFinding[] } {
  const weeks = history === null ? [] : weekTotals(history);
  const trend = weeks.length >= FEWEST_WEEKS ? trendOf(weeks, LEVEL) : null;
  if (declared !== undefined) {
    const growth: Growth = { perYear: declared, from: 'declared' };
    if (trend === null || (trend.low <= perWeekOf(declared) && perWeekOf(declared) <= trend.high))
      return { growth, findings: [] };
    const args = { declared: middleOf(declared), perYear: perYear(trend.rate), weeks: weeks.length };
    return { growth, findings: [{ code: 'DECLARED_GROWTH_WINS', severity: 'info', args }] };
  }
  if (trend === null) {
    const args = { weeks: weeks.length, needed: FEWEST_WEEKS, months };
    return {
      growth: { perYear: 0, from: 'none' },
      findings: history === null ? [] : [{ code: 'GROWTH_UNKNOWN', severity: 'warning', args }],
    };
  }
  return fromTrend(trend, weeks.length, (months / 12) * WEEKS_PER_YEAR);
}

function fromTrend(trend: Trend, weeks: number, ahead: number) {
  const carried = Math.min(weeks, ahead);
  // What the weeks that are carried make of it until the horizon, spread over all of them.
  const atHorizon = (rate: number) => perYear((Math.max(0, rate) * carried) / ahead);
  const rising = trend.low > 0;
  const range = rangeOf(trend.low, trend.rate, trend.high);
  const seen = { perYear: perYear(trend.rate), low: perYear(trend.low), high: perYear(trend.high), weeks };
  const finding: TrafficFinding = rising
    ? { code: 'GROWTH_FROM_TREND', severity: 'info', args: { ...seen, carried, ahead } }
    : { code: 'NO_RISING_TREND', severity: 'info', args: seen };
  const growth: Growth = {
    perYear: {
      low: rising ? atHorizon(range.low) : 0,
      mid: rising ? atHorizon(trend.rate) : 0,
      high: atHorizon(range.high),
    },
    from: 'trend',
  };
  return { growth, findings: [finding] };
}

/** The mean rates of the whole weeks before the end, the oldest first. */
function weekTotals({ from, to, mean }: History): number[] {
  const count = Math.floor((to - from) / WEEK);
  return Array.from({ length: count }, (_, i) => mean(to - (count - i) * WEEK, to - (count - i - 1) * WEEK));
}

function perYear(perWeek: number): number {
  return Math.expm1(perWeek * WEEKS_PER_YEAR);
}

/** A growth per year in the unit of a trend. */
function perWeekOf(growth: Declared): number {
  return Math.log1p(middleOf(growth)) / WEEKS_PER_YEAR;
}
