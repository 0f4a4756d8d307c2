import { ceilCount } from '../declared.ts';
import type { Finding } from '../findings.ts';
import type { LoadEvent } from '../types.ts';
import type { HorizontalPodAutoscaler, ScalingRules } from './object.ts';

/** Seconds between two decisions of the autoscaler. */
const SYNC = 15;
/** Seconds by which the metric it sees is behind: one scrape, and the window of the rate. */
const METRIC_LAG = 30;
/** It does nothing while utilisation is within this share of the target. */
const TOLERANCE = 0.1;
const SCALE_DOWN_WINDOW = 300;
const SCALE_DOWN_PERIOD = 60;
const SCALE_DOWN_PERCENT = 10;
const MOST_SCALE_DOWN_PERCENT = 50;
/** A rise by this factor before a new pod can help is cheaper met by scaling up before it. */
const TOO_FAST = 2;

/** What the load is taken to do when no event is named: double in five minutes. */
export const assumedRise: LoadEvent = { name: 'assumed rise', multiplier: 2, rise: 300, decay: 300 };

/**
 * Seconds from the moment the load rises until a pod started for it answers: the metric must show it, the next sync
 * must see it, and the pod must start.
 */
export function reactionTime(startup: number): number {
  return METRIC_LAG + SYNC + startup;
}

/** The factor by which `event`, rising evenly, multiplies the load within `delay` seconds. */
export function growthWithin({ multiplier, rise }: LoadEvent, delay: number): number {
  return 1 + (multiplier - 1) * Math.min(1, rise === 0 ? 1 : delay / rise);
}

/**
 * The CPU target, in whole percent of the request. Just before the autoscaler acts, utilisation may stand at the target
 * and its tolerance; while a pod starts, the load grows by `growth`. At the end it must not be above `saturation`:
 * `target (1 + tolerance) growth <= saturation`.
 */
export function cpuTarget(saturation: number, growth: number): number {
  return Math.floor(Number(((100 * saturation) / (growth * (1 + TOLERANCE))).toFixed(9)));
}

/** The event whose rise leaves least time, with the factor by which the load grows before a new pod helps. */
export function steepest(events: readonly LoadEvent[], delay: number): { event: LoadEvent; growth: number } {
  const all = (events.length > 0 ? events : [assumedRise]).map((event) => ({
    event,
    growth: growthWithin(event, delay),
  }));
  return all.reduce((worst, next) => (next.growth > worst.growth ? next : worst));
}

export type AutoscalingRequirement = {
  name: string;
  minimum: number;
  maximum: number;
  /** Whole percent. */
  target: number;
  /** Replicas at the peak, which an event multiplies. */
  atPeak: number;
  events: readonly LoadEvent[];
};

/** The autoscaler as an `autoscaling/v2` object. */
export function autoscaler(requirement: AutoscalingRequirement): HorizontalPodAutoscaler {
  const { name, minimum, maximum, target } = requirement;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: minimum,
      maxReplicas: maximum,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
        },
      ],
      behavior: { scaleUp: scaleUp(requirement), scaleDown: scaleDown(requirement.events) },
    },
  };
}

/** No waiting, and as many pods per sync as the steepest rise asks for; never less than doubling. */
function scaleUp({ events, atPeak }: AutoscalingRequirement): ScalingRules {
  const perSync = Math.max(
    ...(events.length > 0 ? events : [assumedRise]).map((event) => growthWithin(event, SYNC) - 1),
  );
  return {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: Math.max(4, ceilCount(atPeak * perSync)), periodSeconds: SYNC },
      { type: 'Percent', value: Math.max(100, ceilCount(100 * perSync)), periodSeconds: SYNC },
    ],
  };
}

/**
 * Five minutes of patience, then a tenth of the pods a minute: faster only when every event decays faster, so that
 * pods are not kept long after it.
 */
function scaleDown(events: readonly LoadEvent[]): ScalingRules {
  const shares = events.map(({ multiplier, decay }) => {
    const minutes = Math.max(1, decay / SCALE_DOWN_PERIOD);
    return ceilCount((100 * (1 - 1 / multiplier)) / minutes);
  });
  const percent = shares.length === 0 ? SCALE_DOWN_PERCENT : Math.min(...shares);
  return {
    stabilizationWindowSeconds: SCALE_DOWN_WINDOW,
    selectPolicy: 'Max',
    policies: [
      {
        type: 'Percent',
        value: Math.min(MOST_SCALE_DOWN_PERCENT, Math.max(SCALE_DOWN_PERCENT, percent)),
        periodSeconds: SCALE_DOWN_PERIOD,
      },
    ],
  };
}

/** What to know about the rise that the target was chosen for. */
export function riseFindings(events: readonly LoadEvent[], delay: number, target: number): Finding[] {
  const findings: Finding[] = [];
  if (events.length === 0) {
    const { multiplier, rise } = assumedRise;
    findings.push({ code: 'ASSUMED_RISE', severity: 'warning', args: { multiplier, rise } });
  }
  for (const event of events) {
    const factor = growthWithin(event, delay);
    if (factor < TOO_FAST) continue;
    const args = { event: event.name, factor, delay, target: target / 100 };
    findings.push({ code: 'RISE_FASTER_THAN_PODS', severity: 'warning', args });
  }
  return findings;
}
