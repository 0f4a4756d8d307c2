import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FxscaleError } from '../../src/errors.ts';
import { type SweepProgress, type SweepSettings, sweep, sweepOrder } from '../../src/load/sweep.ts';
import { httpTarget, type Target, workers } from './probe-server.ts';

const targets: Target[] = [];
afterEach(async () => {
  for (const target of targets.splice(0)) await target.close();
});

async function at(target: Promise<Target>) {
  targets.push(await target);
  return { url: (await target).url, method: 'GET', headers: {} };
}

const settings: SweepSettings = {
  ...{ levels: [1, 2, 4], repeats: 2, step: 0.1, warmUp: 0.1, cooldown: 0.02, timeout: 1, seed: 3 },
  signal: new AbortController().signal,
  progress: () => undefined,
};

it('orders every level once in each repeat, by its seed', () => {
  const levels = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(levels, fc.integer({ min: 1, max: 4 }), fc.nat(), (each, repeats, seed) => {
      const order = sweepOrder(each, repeats, seed);
      expect(sweepOrder(each, repeats, seed)).toEqual(order);
      for (let i = 0; i < repeats; i++) {
        const once = order.slice(i * each.length, (i + 1) * each.length);
        expect(once.sort((a, b) => a - b)).toEqual([...each].sort((a, b) => a - b));
      }
      expect(order).toHaveLength(repeats * each.length);
    }),
    { seed: 21 },
  );
});

it('draws another order for every repeat, and every order as often', () => {
  const orders = Array.from({ length: 600 }, (_, seed) => sweepOrder([1, 2, 3], 2, seed).join(''));
  expect(orders.some((order) => order.slice(0, 3) !== order.slice(3))).toBe(true);
  const firsts = new Map<string, number>();
  for (const order of orders) firsts.set(order.slice(0, 3), (firsts.get(order.slice(0, 3)) ?? 0) + 1);
  expect(firsts.size).toBe(6);
  // 100 of each are due; 60 is more than four standard deviations less.
  for (const count of firsts.values()) expect(count).toBeGreaterThan(60);
});

describe('a sweep', () => {
  it('measures every level, tells where it is, and warms up with a middle one', async () => {
    const told: SweepProgress[] = [];
    const request = await at(httpTarget(workers(2, 0.004)));
    const { steps, ended } = await sweep(request, { ...settings, progress: (each) => told.push(each) });
    expect(ended).toBeUndefined();
    const order = sweepOrder([1, 2, 4], 2, 3);
    expect(steps.map(({ connections }) => connections)).toEqual(order);
    expect(told.map(({ connections }) => connections)).toEqual([2, ...order]);
    expect(told.map(({ done, of }) => [done, of])).toEqual([0, 0, 1, 2, 3, 4, 5].map((done) => [done, 6]));
    expect(told[0]).toMatchObject({ last: undefined, left: expect.closeTo(0.1 + 0.02 + 6 * 0.14, 9) });
    expect(told.at(-1)).toMatchObject({ last: steps.at(-2), left: expect.closeTo(0.14, 9) });
    // Seven times as many connections as there were steps with each.
    expect(targets[0]?.connections()).toBe(2 + 2 * (1 + 2 + 4));
  });

  it('ends with what was measured when the target goes away', async () => {
    let request = { url: '', method: 'GET', headers: {} };
    const progress = ({ done }: SweepProgress) => {
      if (done === 2) void targets[0]?.close();
    };
    request = await at(httpTarget(workers(2, 0.004)));
    const { steps, ended } = await sweep(request, { ...settings, progress });
    expect(steps).toHaveLength(2);
    expect(ended?.code).toBe('UNREACHABLE');
    expect(ended?.message).toBe(`${request.url} stopped answering: ECONNREFUSED`);
  });

  it.each(['a step', 'a rest', 'the warm-up'])(
    'ends with what was measured when stopped in %s',
    async (when) => {
      const controller = new AbortController();
      const stop = () => controller.abort(new FxscaleError('INTERRUPTED', 'stopped'));
      const progress = ({ done }: SweepProgress) => {
        if (when === 'the warm-up') setTimeout(stop, 20);
        // Told when a step begins; two steps and two rests come first.
        else if (done === 2) setTimeout(stop, when === 'a step' ? 20 : 0);
      };
      const cooldown = when === 'a rest' ? 0.3 : 0;
      const request = await at(httpTarget(workers(2, 0.004)));
      const swept = await sweep(request, { ...settings, cooldown, progress, signal: controller.signal });
      expect(swept.ended?.message).toBe('stopped');
      expect(swept.steps).toHaveLength(when === 'the warm-up' ? 0 : 2);
    },
  );

  it.each([
    [404, 'USAGE', 'status 404'],
    [503, 'UNREACHABLE', 'status 503'],
  ])('refuses a target that answers with %i only', async (status, code, reason) => {
    const request = await at(httpTarget((_, response) => void response.writeHead(status).end()));
    const url = `${request.url}?token=hidden`;
    await expect(sweep({ ...request, url }, settings)).rejects.toMatchObject({
      code,
      message: `GET ${request.url}?token=*** fails every time (${reason}): a probe needs a request that succeeds`,
    });
  });

  it('refuses a target that does not answer', async () => {
    const request = await at(httpTarget(() => undefined));
    await expect(sweep(request, settings)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: `${request.url} does not answer: no answer in time`,
    });
  });
});
