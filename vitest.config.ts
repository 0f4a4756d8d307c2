import { defineConfig } from 'vitest/config';
import LongestFirst from './test/sequencer.ts';

const pure = ['models', 'planners', 'report', 'emit'].map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  test: {
    projects: [
      // What these test has no state of its own: a file need not load it all anew after another.
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
      { extends: true, test: { name: 'all others', include: ['test/**/*.test.ts'], exclude: pure } },
    ],
    reporters: ['default', './test/skipped-reporter.ts'],
    // Servers and databases are started for real, and much of the time is spent waiting for them: one file more than the
    // two cores that there are at least.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // The server takes these; a test says itself what it gives. Empty means not given.
    env: {
      DATABASE_URL: '',
      READ_DATABASE_URLS: '',
      REDIS_URL: '',
      KAFKA_BROKERS: '',
      KAFKA_USERNAME: '',
      KAFKA_PASSWORD: '',
      FX_TOKEN_SECRET: '',
    },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
