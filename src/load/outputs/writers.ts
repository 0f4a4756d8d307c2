import type { Options } from '../options.ts';
import { csvFormat } from './csv.ts';
import type { Destination } from './destinations.ts';
import { jsonFormat } from './json.ts';
import { type SampleChunk, SampleWriter } from './samples.ts';

/** A writer for each output; `deliver` is given their chunks, with the output's place in the list. */
export function sampleWriters(
  outputs: readonly Destination[],
  { thresholds, systemTags }: Pick<Options, 'thresholds' | 'systemTags'>,
  deliver: (output: number, chunk: SampleChunk) => void,
): SampleWriter[] {
  return outputs.map(({ format, time }, output) => {
    const written = format === 'json' ? jsonFormat(thresholds) : csvFormat(systemTags, time);
    return new SampleWriter(written, (chunk) => deliver(output, chunk));
  });
}
