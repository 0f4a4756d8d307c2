import type { Basis, Inputs } from '../types.ts';
import type { Declared } from '../worlds.ts';
import type { TrafficFinding } from './findings.ts';
import type { TrafficForecast } from './forecast.ts';
import type { PlannedTraffic } from './traffic.ts';

/** What a recorded traffic says of the load: of the next week, in requests per second, and how it grows in a year. */
export type RecordedLoad = {
  name: string;
  peak: Declared;
  mean: number;
  growth: Declared;
  basis: Basis;
  forecast: TrafficForecast | null;
  findings: TrafficFinding[];
};

export function recordedLoad(name: string, planned: PlannedTraffic): RecordedLoad {
  const { now, growth, basis, forecast, findings } = planned;
  return { name, peak: now.peak, mean: now.mean, growth: growth.perYear, basis, forecast, findings };
}

export function describeTraffic({ name, mean, forecast }: RecordedLoad): NonNullable<Inputs['traffic']> {
  return { name, mean, forecast };
}
