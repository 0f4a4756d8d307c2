import { expect, it } from 'vitest';
import { containerReading, resourceReading } from '../../../src/models/hpa/container-metrics.ts';

const pod = (containers: Record<string, number | null>) => ({ containers, time: 30, window: 15 });
const sample = (value: number) => ({ value, time: 30, window: 15 });
const requests = [500, 500, 500];

it('adds up the containers of a pod, and has no sample where one reports nothing', () => {
  const reading = resourceReading(
    [pod({ app: 300, proxy: 20 }), pod({ app: 300, proxy: null }), null],
    requests,
  );
  expect(reading).toEqual({ kind: 'pods', samples: [sample(320), null, null], requests });
});

it('takes one container alone, and fails when a pod that is returned is without it', () => {
  const both = [pod({ app: 300, proxy: 20 }), pod({ app: null, proxy: 20 }), null];
  expect(containerReading(both, 'app', requests)).toEqual({
    kind: 'pods',
    samples: [sample(300), null, null],
    requests,
  });
  expect(containerReading([...both, pod({ proxy: 20 })], 'app', requests)).toMatchObject({ kind: 'failed' });
});

it('fails when no pod has a sample', () => {
  expect(resourceReading([null, pod({ app: null })], requests)).toMatchObject({ kind: 'failed' });
});
