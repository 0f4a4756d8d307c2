import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first, so that none of them runs alone at the end while the other cores wait. */
const longest = [
  'conformance.test.ts',
  'readme.test.ts',
  'cli/demo.test.ts',
  'server/fire.test.ts',
  'cli/run.test.ts',
  'load/k6-vectors.test.ts',
  'server/process.test.ts',
  'server/events.test.ts',
  'server/bottlenecks.test.ts',
  'cli/workers.test.ts',
  'server/platform.test.ts',
  'server/standbys.test.ts',
  'scenarios.test.ts',
  'server/jobs.test.ts',
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/test/${name}`));
      return found < 0 ? longest.length : found;
    };
    return files.toSorted((a, b) => place(a) - place(b));
  }
}
