import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { missing } from './requirements.ts';

const harness = path.join(import.meta.dirname, '..', 'conformance', 'run.mjs');
const reason = missing('k6');

describe('scripts on fxscale and on the real k6', () => {
  it('are at least 60', () => {
    const { stdout } = spawnSync(process.execPath, [harness, '--list'], { encoding: 'utf8' });
    expect(stdout.trim().split('\n').length).toBeGreaterThanOrEqual(60);
  });

  it.skipIf(reason !== undefined)(
    `differ in nothing that is not explained${reason ? ` (${reason})` : ''}`,
    () => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [harness], { encoding: 'utf8' });
      const told = stdout
        .split('\n')
        .filter((line) => !line.startsWith('✓'))
        .join('\n');
      expect(`${told}${stderr}`).not.toContain('✗');
      expect(status).toBe(0);
    },
    300_000,
  );
});
