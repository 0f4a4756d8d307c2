import type { History } from '../traffic/history.ts';
import type { Simulation } from './ledger.ts';

/** How a simulated HPA differs from what was recorded. Hours, shares of one, replicas, seconds since 1970. */
export type Comparison = {
  recordedPodHours: number;
  /** What the HPA would have asked for in that time. */
  askedPodHours: number;
  /** Share of time in which both are the same. */
  same: number;
  meanDifference: number;
  /** Simulated less recorded, where that is furthest from zero. */
  largest: { time: number; simulated: number; recorded: number };
};

/** Of the steps that the recording covers. Throws a RangeError when it covers none. */
export function compareRecorded({ steps, start, seconds }: Simulation, recorded: History): Comparison {
  let [covered, same, difference, there, asked] = [0, 0, 0, 0, 0];
  let largest = { time: start, simulated: 0, recorded: 0 };
  for (let k = 0; k < steps.replicas.length; k++) {
    const time = start + k * seconds;
    if (time < recorded.from || time > recorded.to) continue;
    const was = Math.round(recorded.rateAt(time));
    const is = steps.replicas[k] as number;
    covered++;
    there += was;
    asked += is;
    difference += Math.abs(is - was);
    if (is === was) same++;
    if (Math.abs(is - was) > Math.abs(largest.simulated - largest.recorded))
      largest = { time, simulated: is, recorded: was };
  }
  if (covered === 0) throw new RangeError('the recording covers no step of the simulation');
  const hours = seconds / 3600;
  return {
    recordedPodHours: there * hours,
    askedPodHours: asked * hours,
    same: same / covered,
    meanDifference: difference / covered,
    largest,
  };
}
