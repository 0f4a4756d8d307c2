import type { VU } from '../vu.ts';
import { textObject } from './text-object.ts';

/** `exec.vu.metrics.metadata`: what is written beside the VU's samples, from now on and in its later iterations. */
export function metadataObject(vu: VU): object {
  return textObject({
    get: (key) => vu.metadata.get(key),
    keys: () => [...vu.metadata.keys()],
    set: (key, value) => vu.note(key, value),
    refusal: (key) =>
      `invalid value for metric metadata '${key}': only String, Boolean and Number types are accepted as a metric metadata value`,
  });
}
