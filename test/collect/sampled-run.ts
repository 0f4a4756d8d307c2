import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Collector } from '../../src/collect/collector.ts';
import { startSampling } from '../../src/collect/sampler.ts';
import { type Note, parseRun, type Sample } from '../../src/run.ts';
import { createRunWriter } from '../../src/store.ts';

/** A second of a run, in the tests: what waits for the next sample or for a stall need not wait as long. */
const INTERVAL = 0.2;

export type SampledRun = {
  /** What the run file holds up to now. */
  samples(source: string): Sample[];
  notes(source: string): Note[];
  text(): string;
  /** Seconds since it began. */
  now(): number;
  stop(): Promise<void>;
};

/** Samples the sources into a run file until it is stopped. */
export function sampleInto(file: string, collectors: Collector[]): SampledRun {
  const began = performance.now();
  const now = () => (performance.now() - began) / 1000;
  const writer = createRunWriter(file);
  writer.write({
    run: {
      schema: 'fxscale.run/1',
      id: 'robust',
      startedAt: new Date().toISOString(),
      version: '0.0.0',
      script: 'none',
      openLoop: true,
      machine: { cpus: 1, memory: 1, platform: 'test', node: process.version },
      service: {},
      sources: collectors.map(({ source, url }) => ({ source, url })),
    },
  });
  // Tests look often, and the file is parsed again only when there is more in it.
  let parsed: ReturnType<typeof parseRun> | undefined;
  const write = (line: Parameters<typeof writer.write>[0]) => {
    writer.write(line);
    parsed = undefined;
  };
  const sampling = startSampling(
    collectors,
    {
      sample: (source, reading) => write({ sample: { t: now(), source, ...reading } }),
      note: (source, text) => write({ note: { t: now(), source, text } }),
    },
    { intervalSeconds: INTERVAL, now },
  );
  const text = () => readFileSync(file, 'utf8');
  const read = () => {
    parsed ??= parseRun(text(), file);
    return parsed;
  };
  return {
    samples: (source) => read().samples.filter((sample) => sample.source === source),
    notes: (source) => read().notes.filter((note) => note.source === source),
    text,
    now,
    async stop() {
      await sampling.stop();
      writer.close();
    },
  };
}
