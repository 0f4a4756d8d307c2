import { nanoseconds, type VUsPlan } from './plan.ts';

/** `vus` VUs that loop for `duration` seconds. */
export function constantVUs(config: {
  readonly vus: number;
  readonly duration: number;
  readonly gracefulStop: number;
}): VUsPlan {
  const { vus, duration, gracefulStop } = config;
  const hardStop = (nanoseconds(duration) + nanoseconds(gracefulStop)) / 1e9;
  const whole = [{ from: 0, until: duration, hardStop }];
  return {
    kind: 'vus',
    steps: [
      { time: 0, vus },
      { time: duration, vus: 0 },
    ],
    maxVUs: vus,
    intervalsOf: (slot) => (slot < vus ? whole : []),
    end: duration,
    gracefulStop,
    reserved: [
      { time: 0, vus },
      { time: hardStop, vus: 0 },
    ],
  };
}
