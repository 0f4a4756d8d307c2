import type { Coded } from '../findings.ts';

/** About the traffic that was recorded and what it will be. Rates in requests per second, growth as a share per year. */
export type TrafficFinding =
  /** Less than two days: the shape of a day is not known, and the record is taken as it is. */
  | Coded<'HISTORY_WITHOUT_DAYS', 'warning', { seconds: number }>
  /** Less than two weeks: the next day is forecast as if every day were alike, and the busiest hour is planned for. */
  | Coded<'HISTORY_WITHOUT_WEEKS', 'warning', { seconds: number }>
  /** Too little is left to test a forecast on: the last season is taken to come again. */
  | Coded<'FORECAST_NOT_TESTED', 'warning', { seconds: number; needed: number }>
  /** Points are too far apart to show the peak within an hour, which is taken to be its mean. */
  | Coded<'PEAK_WITHIN_HOUR_UNKNOWN', 'warning', { step: number }>
  /** The record once was higher than all that is forecast: an event, which is planned for only when named. */
  | Coded<'RECORDED_PEAK_ABOVE_FORECAST', 'warning', { rate: number; at: number; forecast: number }>
  /** The growth of whole weeks is carried on, `carried` of the `ahead` weeks until the horizon. */
  | Coded<
      'GROWTH_FROM_TREND',
      'info',
      { perYear: number; low: number; high: number; weeks: number; carried: number; ahead: number }
    >
  /** The weeks do not tell a rise from chance, or fall: the level is kept. */
  | Coded<'NO_RISING_TREND', 'info', { perYear: number; low: number; high: number; weeks: number }>
  /** The record shows another growth than the one that was declared and is used. */
  | Coded<'DECLARED_GROWTH_WINS', 'info', { declared: number; perYear: number; weeks: number }>
  /** Neither said nor to be seen in so few weeks: none is planned for. */
  | Coded<'GROWTH_UNKNOWN', 'warning', { weeks: number; needed: number; months: number }>
  /** No time was said: the event is put onto the busiest moment. */
  | Coded<'EVENT_AT_BUSIEST', 'info', { event: string; at: number }>;
