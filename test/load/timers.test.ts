import { describe, expect, it } from 'vitest';
import { type TimerClock, timersModule } from '../../src/load/modules/timers.ts';
import { testUser } from './test-user.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A VU in a scenario, its timers on a clock in milliseconds, and what they did when. */
function setting() {
  const time = new VirtualClock();
  const clock: TimerClock = {
    now: () => time.now() * 1000,
    after: (delay, wake) => time.at(time.now() + delay / 1000, wake),
  };
  const user = testUser();
  const scenario = { name: 's', executor: 'e', startedAt: 0, progress: () => 0, iterations: 0, done: 0 };
  user.vu.join(scenario, {});
  const did: string[] = [];
  const note = (name: string) => () => did.push(`${Math.round(clock.now())} ${name}`);
  return { ...user, time, did, note, timers: timersModule(user.vu, clock) };
}

describe('timers', () => {
  it('go off in order of their times, those of one time in order of their making', async () => {
    const { vu, time, did, note, timers } = setting();
    for (const delay of [30, 10, 20, 10, 0, -5]) timers.setTimeout(note(`after ${delay}`), delay);
    await time.run(vu.settled());
    expect(did).toEqual([
      '0 after 0',
      '0 after -5',
      '10 after 10',
      '10 after 10',
      '20 after 20',
      '30 after 30',
    ]);
  });

  it('repeat until they are cleared, by their own function too', async () => {
    const { vu, time, did, note, timers } = setting();
    const id = timers.setInterval(() => {
      note('tick')();
      if (did.length === 3) timers.clearInterval(id);
    }, 25);
    timers.clearTimeout(timers.setTimeout(note('never'), 1));
    await time.run(vu.settled());
    expect(did).toEqual(['25 tick', '50 tick', '75 tick']);
  });

  it('wait while the script is blocked, since its event loop does not turn', async () => {
    const { vu, time, did, note, timers } = setting();
    timers.setTimeout(note('b'), 20);
    timers.setTimeout(note('a'), 10);
    vu.begin('sleep');
    time.at(0.05, () => {
      note('free')();
      vu.end();
    });
    await time.run(vu.settled());
    expect(did).toEqual(['50 free', '50 a', '50 b']);
  });

  it('do not go off while another one blocks', async () => {
    const { vu, time, did, note, timers } = setting();
    timers.setTimeout(async () => {
      vu.begin('sleep');
      await time.sleep(0.1);
      vu.end();
      note('slept')();
    }, 10);
    timers.setTimeout(note('other'), 20);
    // Turns of the event loop in which no time passes.
    for (let turn = 1; turn < 9; turn++) time.at(0.11 + turn * 1e-6, () => undefined);
    await time.run(vu.settled());
    expect(did).toEqual(['110 slept', '110 other']);
  });

  it('are cut off, with a warning each, when one of them throws', async () => {
    const { vu, time, did, logs, note, timers } = setting();
    timers.setTimeout(note('late'), 100);
    timers.setInterval(note('between'), 60);
    timers.setTimeout(() => {
      throw new Error('boom');
    }, 30);
    await time.run(expect(vu.settled()).rejects.toThrow('boom'));
    expect(did).toEqual([]);
    const warning = 'was stopped because the VU iteration was interrupted';
    expect(logs).toEqual([`setInterval 2 ${warning}`, `setTimeout 1 ${warning}`]);
  });
});
