import { type Edge, isOpen, levelAt } from './sessions.ts';
import { Zone } from './zone.ts';

/** The shape of a week: a factor on the mean rate, by the time in seconds since 1970. */
export type Profile = {
  name: string;
  factor(t: number): number;
  /** What in it is assumed and not published, for a reader. */
  assumptions: readonly string[];
};

export const presetNames = ['flat', 'fx-centre-share', 'fx-overlap-heavy'] as const;
export type PresetName = (typeof presetNames)[number];

const zones = {
  london: new Zone('Europe/London'),
  newYork: new Zone('America/New_York'),
  singapore: new Zone('Asia/Singapore'),
  sydney: new Zone('Australia/Sydney'),
};

type Steps = Readonly<Record<number, number>>;

function edgesOf(steps: Partial<Record<keyof typeof zones, Steps>>): Edge[] {
  return (Object.keys(steps) as (keyof typeof zones)[]).flatMap((zone) =>
    Object.entries(steps[zone] ?? {}).map(([hour, step]) => ({
      zone: zones[zone],
      hour: Number(hour),
      step,
    })),
  );
}

/**
 * Every financial centre's share of turnover (BIS triennial survey, 2022) spread evenly over its business day, told by
 * the local hours at which the level rises and falls; the mean over the open hours is one. A lower bound on how peaked
 * a day is.
 */
const centreShare = edgesOf({
  singapore: { 7: 0.182, 9: 0.09, 15: -0.03, 16: -0.04, 17: -0.25, 18: -0.26 },
  sydney: { 8: 0.044, 17: -0.03 },
  london: { 7: 0.58, 8: 0.61, 16: -0.12, 17: -0.88, 18: -0.461 },
  newYork: { 7: 0.61, 17: -0.296 },
});
const CENTRE_SHARE_AT_MIDNIGHT = 0.59;

/**
 * More than half of a day's volume in the four hours in which London and New York both trade, at 3.4 times the mean,
 * and 1.4 times in London's morning, as hourly figures of 2018 have it; the rest of the day shares what is left.
 */
const overlapHeavy = edgesOf({
  london: { 8: 1.12, 17: -3.16 },
  newYork: { 8: 2, 17: -0.15 },
  singapore: { 7: 0.19 },
});
const OVERLAP_AT_MIDNIGHT = 0.27;

const presets: Record<PresetName, Profile> = {
  flat: { name: 'flat', factor: () => 1, assumptions: [] },
  'fx-centre-share': {
    name: 'fx-centre-share',
    factor: (t) => (isOpen(t) ? levelAt(t, CENTRE_SHARE_AT_MIDNIGHT, centreShare) : 0),
    assumptions: ['each centre trades evenly over its business day'],
  },
  'fx-overlap-heavy': {
    name: 'fx-overlap-heavy',
    factor: (t) => (isOpen(t) ? levelAt(t, OVERLAP_AT_MIDNIGHT, overlapHeavy) : 0),
    assumptions: ['the overlap of London and New York at 3.4 times the mean, from one secondary source'],
  },
};

/** A ready profile; the mean of its factor over the hours in which the market is open is one. */
export function preset(name: PresetName): Profile {
  return presets[name];
}
