import { nanoseconds, type Stage, type VUInterval, type VUStep, type VUsPlan } from './plan.ts';

/**
 * VUs that grow or shrink linearly within each stage. A VU that is taken away may finish its iteration within
 * `gracefulRampDown` seconds; when it is wanted again within that time it was never given back. The VUs that still
 * loop when the stages are over have `gracefulStop` seconds instead, and nothing outlasts that.
 *
 * As in k6, but for one thing: after a jump down (a stage of 0 s) k6 takes VUs away before their `gracefulRampDown` is
 * over when the number rises again.
 */
export function rampingVUs(config: {
  readonly startVUs: number;
  readonly stages: readonly Stage[];
  readonly gracefulRampDown: number;
  readonly gracefulStop: number;
}): VUsPlan {
  const { startVUs, stages, gracefulStop } = config;
  const end = stages.reduce((sum, stage) => sum + nanoseconds(stage.duration), 0);
  const steps = stepsOf(startVUs, stages);
  const last = end + nanoseconds(gracefulStop);
  const intervals = intervalsBySlot(steps, end, nanoseconds(config.gracefulRampDown), last);
  steps.push({ time: end, vus: 0 });
  return {
    kind: 'vus',
    steps: inSeconds(merge(steps)),
    maxVUs: intervals.length,
    intervalsOf: (slot) => (intervals[slot] ?? []).filter(({ from, until }) => until > from),
    end: end / 1e9,
    gracefulStop,
    reserved: inSeconds(reservedBy(intervals)),
  };
}

/**
 * The number of VUs over time in nanoseconds, without the stop at the end. In a stage of D nanoseconds that ends at
 * E and goes from a to b VUs, VU v comes at E - D (b - v) / (b - a) when they grow, and leaves at
 * E - D (b - v + 1) / (b - a) when they shrink, in integer division.
 */
function stepsOf(startVUs: number, stages: readonly Stage[]): VUStep[] {
  const steps = [{ time: 0, vus: startVUs }];
  let from = startVUs;
  let end = 0;
  for (const { duration, target } of stages) {
    const length = nanoseconds(duration);
    end += length;
    const share = (vus: number) => Number((BigInt(length) * BigInt(target - vus)) / BigInt(target - from));
    if (length === 0) steps.push({ time: end, vus: target });
    else if (target > from)
      for (let vus = from + 1; vus <= target; vus++) steps.push({ time: end - share(vus), vus });
    else for (let vus = from - 1; vus >= target; vus--) steps.push({ time: end - share(vus), vus });
    from = target;
  }
  return steps;
}

/** Of steps at the same instant only the last counts, and of equal neighbours only the first. */
function merge(steps: readonly VUStep[]): VUStep[] {
  const merged: VUStep[] = [];
  for (const step of steps) {
    if (merged.at(-1)?.time === step.time) merged.pop();
    if (merged.at(-1)?.vus !== step.vus) merged.push(step);
  }
  return merged;
}

function intervalsBySlot(
  steps: readonly VUStep[],
  end: number,
  rampDown: number,
  last: number,
): VUInterval[][] {
  const slots: VUInterval[][] = [];
  const started: number[] = [];
  for (const { time, vus } of steps) {
    while (started.length < vus) started.push(time);
    while (started.length > vus) close(slots, started, time, Math.min(last, time + rampDown));
  }
  while (started.length > 0) close(slots, started, end, last);
  return slots.map((intervals) => joined(intervals).map(toSeconds));
}

/** Ends the interval of the highest slot that is running. */
function close(slots: VUInterval[][], started: number[], until: number, hardStop: number): void {
  const from = started.pop() ?? until;
  const slot = started.length;
  slots[slot] ??= [];
  // A VU that leaves in the instant in which it comes never loops; k6 initialises and holds it all the same.
  slots[slot].push({ from, until, hardStop });
}

/** Gives intervals that run into each other the `hardStop` of the last of them. */
function joined(intervals: readonly VUInterval[]): VUInterval[] {
  return intervals.toReversed().reduce<VUInterval[]>((later, interval) => {
    const next = later[0];
    const hardStop = next !== undefined && next.from <= interval.hardStop ? next.hardStop : interval.hardStop;
    later.unshift({ ...interval, hardStop });
    return later;
  }, []);
}

function toSeconds({ from, until, hardStop }: VUInterval): VUInterval {
  return { from: from / 1e9, until: until / 1e9, hardStop: hardStop / 1e9 };
}

/** How many slots are held from when on; a slot is held from the start of an interval until its `hardStop`. */
function reservedBy(slots: readonly (readonly VUInterval[])[]): VUStep[] {
  const changes = slots.flatMap((intervals) =>
    intervals.flatMap(({ from, hardStop }, i) => {
      const held = intervals[i - 1]?.hardStop === hardStop;
      return held
        ? []
        : [
            { time: nanoseconds(from), change: 1 },
            { time: nanoseconds(hardStop), change: -1 },
          ];
    }),
  );
  changes.sort((a, b) => a.time - b.time);
  let vus = 0;
  const steps = changes.map(({ time, change }) => {
    vus += change;
    return { time, vus };
  });
  return merge([{ time: 0, vus: 0 }, ...steps]);
}

function inSeconds(steps: readonly VUStep[]): VUStep[] {
  return steps.map(({ time, vus }) => ({ time: time / 1e9, vus }));
}
