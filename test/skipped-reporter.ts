import type { Reporter, TestModule } from 'vitest/node';

/** Lists at the end what was not run; a skipped test has its reason in its name. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    if (skipped.length === 0) return;
    process.stdout.write(`\nNot run here:\n${skipped.map((test) => `  ${test.fullName}\n`).join('')}`);
  }
}
