import type { Finding } from '../planners/findings.ts';
import type { TrafficFinding } from '../planners/traffic/findings.ts';
import { formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { counted } from './resource-words.ts';
import { moment } from './simulation-words.ts';

type Words = {
  [Code in TrafficFinding['code']]: (args: Extract<TrafficFinding, { code: Code }>['args']) => string;
};

const words: Words = {
  HISTORY_WITHOUT_DAYS: ({ seconds }) =>
    `The traffic was recorded for ${formatSeconds(seconds)}, less than two days: it is taken as it is, and what the rest of a day or week is like is not known. Record two weeks or more.`,
  HISTORY_WITHOUT_WEEKS: ({ seconds }) =>
    `The traffic was recorded for ${formatSeconds(seconds)}, less than two weeks: what tells its days apart is not known, and the busiest hour of the record is planned for when the next day is not forecast to be busier. Record two weeks or more.`,
  FORECAST_NOT_TESTED: ({ seconds, needed }) =>
    `Of the ${formatSeconds(seconds)} that were recorded nothing is left to test a forecast on: the last hours are taken to come again. From ${formatSeconds(needed)} on there is a test.`,
  PEAK_WITHIN_HOUR_UNKNOWN: ({ step }) =>
    `The points of the traffic are ${formatSeconds(step)} apart and do not show the peak within an hour: it is higher than the mean of the hour that is planned for. Record a rate every minute.`,
  RECORDED_PEAK_ABOVE_FORECAST: ({ rate, at, forecast }) =>
    `${formatRate(rate)} was recorded at ${moment(at)} UTC, more than the ${formatRate(forecast)} that are forecast at most: if it was an event that comes again, name it with --event.`,
  GROWTH_FROM_TREND: ({ perYear, low, high, weeks, carried, ahead }) =>
    `Over ${counted(weeks, 'week')} the traffic grew by ${formatPercent(perYear)} a year (95%: ${formatPercent(low)} to ${formatPercent(high)}). ${
      carried < ahead
        ? `That is carried on for as many weeks only and the level kept for the ${round(ahead - carried)} weeks after: state --growth to plan for more.`
        : 'That is carried on until the horizon.'
    }`,
  NO_RISING_TREND: ({ perYear, low, high, weeks }) =>
    `${counted(weeks, 'week')} do not show a rise that is more than chance (${formatPercent(perYear)} a year, 95%: ${formatPercent(low)} to ${formatPercent(high)}): the level is kept. State --growth to plan for more.`,
  DECLARED_GROWTH_WINS: ({ declared, perYear, weeks }) =>
    `--growth declares ${formatPercent(declared)} a year and is used; ${counted(weeks, 'week')} of the record show ${formatPercent(perYear)}.`,
  GROWTH_UNKNOWN: ({ weeks, needed, months }) =>
    `How the traffic grows within ${counted(months, 'month')} is not known: ${counted(weeks, 'whole week')} of the record, of at least ${needed}, make no trend. No growth is planned for; state --growth.`,
  EVENT_AT_BUSIEST: ({ event, at }) =>
    `No time was given for ${event}: it is put onto the busiest moment, ${moment(at)} UTC.`,
};

export function isTrafficFinding(finding: Finding): finding is TrafficFinding {
  return finding.code in words;
}

/** A finding about traffic in words. */
export function describeTraffic(finding: TrafficFinding): string {
  return (words[finding.code] as (args: TrafficFinding['args']) => string)(finding.args);
}
