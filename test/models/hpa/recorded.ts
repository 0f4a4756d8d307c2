import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseTrace } from '../../../src/hpa-traces.ts';
import type { Recorded, Vector } from './agreement.ts';

export const folder = path.join(import.meta.dirname, '..', '..', 'fixtures', 'hpa');

/** Single decisions of the real controller, and of KEDA's scaler. */
export const { vectors } = JSON.parse(readFileSync(path.join(folder, 'vectors.json'), 'utf8')) as {
  vectors: Vector[];
};

/** 160 traces of 60 syncs of the real controller. */
export function readTraces(): Recorded[] {
  const text = gunzipSync(readFileSync(path.join(folder, 'traces.jsonl.gz'))).toString();
  return text
    .trim()
    .split('\n')
    .map((line, index) => {
      const { steps } = JSON.parse(line) as { steps: { expect: Recorded['expected'][number] }[] };
      const expected = steps.map(({ expect }) => expect);
      return { trace: parseTrace(line, `traces:${index + 1}`), expected };
    });
}
