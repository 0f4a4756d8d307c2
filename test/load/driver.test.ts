import { describe, expect, it } from 'vitest';
import { type Crew, drive, Stop, type Worker } from '../../src/load/driver.ts';
import { iterationsPlan } from '../../src/load/schedule/iterations.ts';
import type { SchedulePlan, StartsPlan, VUInterval } from '../../src/load/schedule/plan.ts';
import { VirtualClock } from './virtual-clock.ts';

type Event = { at: number; vu: number; what: 'start' | 'end' | 'interrupt' };

/** Runs `plan` with iterations of `seconds` each and tells what happened when. */
async function play(
  plan: SchedulePlan,
  seconds: number,
  options: { startTime?: number; stopAt?: number; add?: number } = {},
) {
  const clock = new VirtualClock();
  const stop = new Stop();
  const events: Event[] = [];
  const exhaustions: number[] = [];
  let dropped = 0;
  let ids = 0;
  const worker = (): Worker => {
    const vu = ids++;
    let cutOff: (() => void) | undefined;
    return {
      async iterate() {
        events.push({ at: clock.now(), vu, what: 'start' });
        await new Promise<void>((resolve) => {
          const cancel = clock.at(clock.now() + seconds, resolve);
          cutOff = () => {
            cancel();
            events.push({ at: clock.now(), vu, what: 'interrupt' });
            resolve();
          };
        });
        if (events.at(-1)?.what !== 'interrupt') events.push({ at: clock.now(), vu, what: 'end' });
        cutOff = undefined;
      },
      mustEndBy: () => undefined,
      interrupt: () => cutOff?.(),
    };
  };
  const planned =
    plan.kind === 'starts' ? plan.preAllocatedVUs : plan.kind === 'vus' ? plan.maxVUs : plan.vus;
  const idle = Array.from({ length: planned }, worker);
  const crew: Crew<Worker> = {
    take: () => idle.shift(),
    giveBack: (one) => {
      idle.unshift(one);
    },
    add: async () => {
      await clock.sleep(options.add ?? 0);
      return worker();
    },
    exhausted: (workers) => exhaustions.push(workers),
    dropped: (count) => {
      dropped += count;
    },
  };
  if (options.stopAt !== undefined) clock.at(options.stopAt, () => stop.request());
  await clock.run(drive(plan, { clock, stop, crew, startTime: options.startTime ?? 0 }));
  return {
    events,
    exhaustions,
    dropped,
    ended: clock.now(),
    started: events.filter(({ what }) => what === 'start').map(({ at }) => at),
  };
}

function starts(times: number[], rest: Partial<StartsPlan> = {}): StartsPlan {
  const bounds = { end: 10, gracefulStop: 5, reserved: [{ time: 0, vus: 1 }] };
  const startOf = (index: number) => times[index] ?? Number.POSITIVE_INFINITY;
  return { kind: 'starts', ...bounds, count: times.length, startOf, preAllocatedVUs: 1, maxVUs: 1, ...rest };
}

describe('the driver with a plan of starts', () => {
  it('starts each iteration when it is due, and ends with the plan', async () => {
    const { started, ended, dropped } = await play(starts([0, 1.5, 2, 9.25]), 0.25);
    expect({ started, ended, dropped }).toEqual({ started: [0, 1.5, 2, 9.25], ended: 10, dropped: 0 });
  });

  it('tells once that no worker was idle and no more may be made', async () => {
    const { exhaustions, dropped } = await play(starts([0, 1, 2, 3]), 20);
    expect({ exhaustions, dropped }).toEqual({ exhaustions: [1], dropped: 3 });
  });

  it('starts what was due before the end when it wakes up a little late, and drops it when it is far behind', async () => {
    const late = (by: number) => {
      // The driver's clock jumps while it sleeps before the second start.
      const clock = new VirtualClock();
      const started: number[] = [];
      let dropped = 0;
      const worker: Worker = {
        iterate: async (index) => {
          started.push(index);
        },
        mustEndBy: () => undefined,
        interrupt: () => undefined,
      };
      const crew: Crew<Worker> = {
        take: () => worker,
        giveBack: () => undefined,
        add: () => undefined,
        exhausted: () => undefined,
        dropped: (count) => {
          dropped += count;
        },
      };
      const sleepy = {
        now: () => clock.now(),
        at: (seconds: number, wake: () => void) => clock.at(seconds === 9 ? 10 + by : seconds, wake),
      };
      return clock
        .run(drive(starts([0, 9, 9.5]), { clock: sleepy, stop: new Stop(), crew, startTime: 0 }))
        .then(() => ({ started, dropped }));
    };
    expect(await late(0.1)).toEqual({ started: [0, 1, 2], dropped: 0 });
    expect(await late(2)).toEqual({ started: [0], dropped: 2 });
  });

  it('counts from the start time of its scenario', async () => {
    const { started, ended } = await play(starts([0, 1]), 0.1, { startTime: 30 });
    expect({ started, ended }).toEqual({ started: [30, 31], ended: 40 });
  });

  it('drops what is due when no VU is idle, and never makes up for it', async () => {
    const times = Array.from({ length: 10 }, (_, i) => i);
    const { started, dropped } = await play(starts(times), 2.5);
    expect({ started, dropped }).toEqual({ started: [0, 3, 6, 9], dropped: 6 });
  });

  it('makes one VU more at a time after a drop, up to the maximum', async () => {
    // k6 1.3 with rate 10/s for 2 s, one VU allocated, three at most, a little over 500 ms each: 11 done and 10
    // dropped of 21, the last of them in the race with the end of the scenario.
    const times = Array.from({ length: 21 }, (_, i) => i / 10);
    const { started, dropped } = await play(starts(times, { end: 2.05, maxVUs: 3 }), 0.51, { add: 0.01 });
    expect(started).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2]);
    expect(dropped).toBe(10);
  });

  it('lets the last iterations go on for gracefulStop and then cuts them off', async () => {
    const plan = starts([8, 9], { preAllocatedVUs: 2, maxVUs: 2 });
    const { events, ended } = await play(plan, 6.5);
    expect(events.slice(2)).toEqual([
      { at: 14.5, vu: 0, what: 'end' },
      { at: 15, vu: 1, what: 'interrupt' },
    ]);
    expect(ended).toBe(15);
  });

  it('ends at once when it is stopped', async () => {
    const { events, ended } = await play(starts([0, 4, 8]), 2, { stopAt: 5 });
    expect(events.at(-1)).toEqual({ at: 5, vu: 0, what: 'interrupt' });
    expect(ended).toBe(5);
  });
});

describe('the driver with a plan of VUs', () => {
  const plan = (intervals: VUInterval[][], end: number): SchedulePlan => ({
    kind: 'vus',
    end,
    gracefulStop: 3,
    reserved: [],
    steps: [],
    maxVUs: intervals.length,
    intervalsOf: (slot) => intervals[slot] ?? [],
  });

  it('loops each VU for as long as its interval lasts', async () => {
    const { events } = await play(plan([[{ from: 1, until: 4, hardStop: 7 }]], 4), 1.5);
    expect(events.map(({ at, what }) => [at, what])).toEqual([
      [1, 'start'],
      [2.5, 'end'],
      [2.5, 'start'],
      [4, 'end'],
    ]);
  });

  it('cuts off at the hard stop what is still running', async () => {
    const { events, ended } = await play(plan([[{ from: 0, until: 2, hardStop: 5 }]], 2), 60);
    expect(events).toEqual([
      { at: 0, vu: 0, what: 'start' },
      { at: 5, vu: 0, what: 'interrupt' },
    ]);
    expect(ended).toBe(5);
  });

  it('lets an iteration run on undisturbed into the next interval that its VU was kept for', async () => {
    const joined = [
      { from: 0, until: 2, hardStop: 12 },
      { from: 4, until: 9, hardStop: 12 },
    ];
    const { events } = await play(plan([joined], 9), 5);
    expect(events.map(({ at, what }) => [at, what])).toEqual([
      [0, 'start'],
      [5, 'end'],
      [5, 'start'],
      [10, 'end'],
    ]);
  });

  it('gives a VU back between intervals that do not touch', async () => {
    const apart = [
      { from: 0, until: 1, hardStop: 2 },
      { from: 5, until: 6, hardStop: 7 },
    ];
    const { started } = await play(plan([apart], 6), 0.75);
    expect(started).toEqual([0, 0.75, 5, 5.75]);
  });
});

describe('the driver with a plan of iterations', () => {
  const plan = (shared: boolean, iterations: number, end = 100): SchedulePlan => ({
    kind: 'iterations',
    shared,
    vus: 2,
    iterations,
    end,
    gracefulStop: 0,
    reserved: [],
  });

  it('shares iterations among the VUs', async () => {
    const { started, dropped } = await play(plan(true, 5), 1);
    expect({ started, dropped }).toEqual({ started: [0, 0, 1, 1, 2], dropped: 0 });
  });

  it('drops nothing when the test is stopped', async () => {
    for (const shared of [true, false]) {
      const plan = iterationsPlan({ shared, vus: 2, iterations: 9, maxDuration: 60, gracefulStop: 5 });
      expect((await play(plan, 1, { stopAt: 2.5 })).dropped).toBe(0);
    }
  });

  it('gives each VU its own', async () => {
    const { started } = await play(plan(false, 2), 1);
    expect(started).toEqual([0, 0, 1, 1]);
  });

  it('counts what was not started in time', async () => {
    expect((await play(plan(true, 9, 2), 1)).dropped).toBe(5);
    expect((await play(plan(false, 9, 2), 1)).dropped).toBe(14);
  });
});
