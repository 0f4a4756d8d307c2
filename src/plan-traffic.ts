import { Option } from 'commander';
import { FxscaleError } from './errors.ts';
import { holidayFlag } from './holiday-flag.ts';
import type { Holiday } from './models/traffic/holiday.ts';
import { type PresetName, presetNames } from './models/traffic/profile.ts';
import { presetTraffic } from './planners/autoscaling/assumed-traffic.ts';
import type { PlanTraffic } from './planners/autoscaling/plan-world.ts';
import { type RecordedLoad, recordedLoad } from './planners/traffic/recorded-load.ts';
import { plannedTraffic } from './planners/traffic/traffic.ts';
import type { LoadEvent, Plan } from './planners/types.ts';
import type { Declared } from './planners/worlds.ts';
import { readTraffic } from './traffic-source.ts';

export type TrafficFlags = {
  traffic?: string;
  holiday: Holiday[];
  peak?: Declared;
  rps?: Declared;
  growth?: Declared;
  horizon?: number;
  event: LoadEvent[];
};

/** When the load of a plan comes. */
export type PlanTraffics = {
  /** What a record says of the size of the load; undefined for a shape, or without a traffic. */
  load: RecordedLoad | undefined;
  /** For the simulation of the plan's autoscaler; null when nothing was said. */
  simulated(plan: Plan): PlanTraffic | null;
};

/** Months ahead, where nothing was said. */
const HORIZON = 12;
const WEEK_DAYS = 7;

export function trafficFlags(): Option[] {
  return [
    new Option(
      '--traffic <file|preset|url>',
      'when the load comes: a recorded rate (CSV, JSON, or a range query at prometheus+http://), which is forecast, or flat, fx-centre-share, fx-overlap-heavy with the peak of the plan',
    ),
    holidayFlag(),
  ];
}

/** Reads what `--traffic` names, until `now`, seconds since 1970. Throws USAGE, FILE, UNREACHABLE and REFUSED. */
export async function readPlanTraffic(flags: TrafficFlags, now: number): Promise<PlanTraffics> {
  const { traffic, holiday } = flags;
  if (traffic === undefined) {
    if (holiday.length > 0)
      throw new FxscaleError('USAGE', '--holiday: of which traffic? name it with --traffic');
    return { load: undefined, simulated: () => null };
  }
  const preset = presetNames.find((name) => name === traffic);
  if (preset !== undefined) return shapeOf(preset, holiday);
  const { name, base } = await readTraffic(traffic, now, process.env);
  const start = 'history' in base ? base.history.to : now;
  const peak = flags.peak ?? flags.rps;
  const planned = plannedTraffic(base, {
    growth: flags.growth,
    horizonMonths: flags.horizon ?? HORIZON,
    events: flags.event,
    holidays: holiday,
    start,
    ...(peak === undefined ? {} : { peak }),
  });
  return {
    load: recordedLoad(name, planned),
    simulated: () => ({ name, traffic: planned.traffic, start, days: WEEK_DAYS }),
  };
}

function shapeOf(preset: PresetName, holidays: readonly Holiday[]): PlanTraffics {
  return { load: undefined, simulated: (plan) => presetTraffic(plan, preset, holidays) };
}
