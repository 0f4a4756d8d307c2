import type { Holiday } from '../../models/traffic/holiday.ts';
import { type PresetName, preset } from '../../models/traffic/profile.ts';
import { expectedRates, type Traffic } from '../../models/traffic/traffic.ts';
import type { LoadEvent, Plan } from '../types.ts';
import type { PlanTraffic } from './plan-world.ts';
import { sized } from './world.ts';

/** A Monday on which no clock changes for months. */
export const START = Date.parse('2026-06-01T00:00:00Z') / 1000;
const DAYS = 7;
const DAY = 86_400;
const MINUTE = 60;
const NAME = 'fx-centre-share';

/**
 * Where nothing says when the load comes: a week of the FX preset whose peak is that of the plan, with each event at the
 * busiest minute of a day of its own. Null without a load.
 */
export function assumedTraffic(plan: Plan): PlanTraffic | null {
  return presetTraffic(plan, NAME, []);
}

/** A week of the named preset with the peak of the plan, likewise. */
export function presetTraffic(
  { load, inputs }: Plan,
  name: PresetName,
  holidays: readonly Holiday[],
): PlanTraffic | null {
  if (load === null) return null;
  const shape: Traffic = { base: { profile: preset(name), mean: 1 }, events: [], scale: 1 };
  const traffic = { ...sized(shape, { peak: load.peak }, START, DAYS), holidays };
  return {
    name,
    traffic: { ...traffic, events: placed(inputs.events, traffic) },
    start: START,
    days: DAYS,
  };
}

/** Each at the busiest minute of a working day, the strongest first. */
function placed(events: readonly LoadEvent[], traffic: Traffic): Traffic['events'] {
  const strongest = events.toSorted((a, b) => b.multiplier - a.multiplier);
  return strongest.map(({ name, multiplier, rise, decay }, i) => {
    const from = START + (i % 5) * DAY;
    const rates = expectedRates(traffic, from, MINUTE, DAY / MINUTE);
    return { name, multiplier, rise, decay, at: from + rates.indexOf(Math.max(...rates)) * MINUTE };
  });
}
