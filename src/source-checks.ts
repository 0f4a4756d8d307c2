import { startSampling } from './collect/sampler.ts';
import type { Check } from './doctor/check.ts';
import { maskSecrets } from './load/masking.ts';
import { openSources } from './recording.ts';

/** Seconds in which a source must have answered, about; a run gives it one. */
const PATIENCE = 5;

/**
 * Reads every `--collect` URL once, as a run does. A source that does not answer is `failed`, one with something that
 * its role may not see a `warning`. Throws USAGE for a URL that cannot be collected from.
 */
export async function checkSources(urls: readonly string[]): Promise<Check[]> {
  const collectors = await openSources(urls.map((url) => ({ url })));
  return Promise.all(
    collectors.map(async (collector): Promise<Check> => {
      let values: number | undefined;
      const notes: string[] = [];
      const sampling = startSampling(
        [collector],
        {
          sample: (_, read) => {
            values = Object.keys(read.values).length;
          },
          note: (_, text) => notes.push(maskSecrets(text)),
        },
        { intervalSeconds: PATIENCE, now: () => performance.now() / 1000 },
      );
      await sampling.stop();
      const { source, url } = collector;
      const status = values === undefined ? 'failed' : notes.length > 0 ? 'warning' : 'ok';
      const detail = { url, values: values ?? null };
      return { name: source, group: 'sources', status, detail, remarks: notes };
    }),
  );
}
