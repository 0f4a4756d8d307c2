import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dataModule } from '../../src/load/modules/data.ts';
import { encodeShared, sharedView } from '../../src/load/shared-array.ts';
import { testUser } from './test-user.ts';

it('gives the elements back as JSON has them', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (elements) => {
      const plain: unknown[] = JSON.parse(JSON.stringify(elements));
      const view = sharedView(encodeShared(elements));
      expect([...view]).toEqual(plain);
      expect(view.length).toBe(plain.length);
      expect(Object.keys(view)).toEqual(Object.keys(plain));
      expect(JSON.stringify(view)).toBe(JSON.stringify(plain));
    }),
    { seed: 1 },
  );
});

it('is the same memory in another thread', async () => {
  const encoded = encodeShared([{ a: 1 }]);
  const code = `require('node:worker_threads').parentPort.once('message', ({ buffer }) => {
    const bytes = Buffer.from(buffer);
    bytes.write('7', bytes.indexOf('1}'));
    require('node:worker_threads').parentPort.postMessage('written');
  });`;
  const worker = new Worker(code, { eval: true });
  try {
    worker.postMessage(encoded);
    await new Promise((resolve) => worker.once('message', resolve));
    expect(sharedView(encoded)[0]).toEqual({ a: 7 });
  } finally {
    await worker.terminate();
  }
});

it('is made by the first VU that asks, for all of the session', () => {
  const first = testUser();
  first.vu.initialised = false;
  const { SharedArray } = dataModule(first.vu) as {
    SharedArray(name: string, make: () => unknown): unknown[];
  };
  let made = 0;
  const make = () => [++made];
  expect([...SharedArray('n', make)]).toEqual([1]);
  expect([...SharedArray('n', make)]).toEqual([1]);
  expect([...SharedArray('other', make)]).toEqual([2]);
  expect([...first.session.sharedArrays.keys()]).toEqual(['n', 'other']);
});
