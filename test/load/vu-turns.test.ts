import { expect, it } from 'vitest';
import { Interrupted } from '../../src/load/vu.ts';
import { testUser } from './test-user.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('lets what awaits promises go on one after the other, before what the event loop calls, and never while it is blocked', async () => {
  const { vu } = testUser();
  const trace: string[] = [];
  vu.begin('get');
  vu.run(() => trace.push('timer'));
  for (const name of ['first', 'second']) void vu.free().then(() => trace.push(name));
  for (let turns = 0; turns < 3; turns++) await turn();
  expect([trace, vu.unsettled]).toEqual([[], true]);
  vu.end();
  while (trace.length < 3) await turn();
  expect(trace).toEqual(['first', 'second', 'timer']);
  await vu.settled();
  expect(vu.unsettled).toBe(false);
});

it('ends a loop that never waits when the iteration is cut off, is overdue, or the run is stopped', () => {
  const user = () => {
    const { vu, session } = testUser();
    vu.guard();
    return { vu, session };
  };
  const late = user().vu;
  late.deadline = performance.now() - 1;
  const cut = user().vu;
  cut.interrupt();
  for (const vu of [late, cut]) {
    expect(() => vu.guard()).toThrow(Interrupted);
    expect(vu.interrupted).toBe(true);
  }
  const { vu, session } = user();
  Atomics.store(session.stopFlag, 0, 1);
  // Teardown runs after the run was stopped.
  vu.guard();
  vu.scenario = { name: 's' } as NonNullable<typeof vu.scenario>;
  expect(() => vu.guard()).toThrow(Interrupted);
});
