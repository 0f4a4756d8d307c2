import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '../src/platform.ts';
import { missing } from './requirements.ts';

const root = path.join(import.meta.dirname, '..');
const script = path.join(root, 'scenarios', 'trading.ts');
const withoutK6 = missing('k6');
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ replicas: 1, program: path.join(root, 'dist', 'server', 'main.js') });
});

afterAll(() => platform?.stop());

/** Runs `command` with the scenario's environment; its exit code and what it printed. */
function run(command: string, args: string[]): Promise<{ code: number | null; output: string }> {
  const settings = ['-e', `BASE_URL=${platform.url}`, '-e', 'DURATION=10', '-e', 'PEAK=100'];
  const child = spawn(command, [...args, ...settings], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    output += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

const iterations = (output: string) => Number(/iterations\.*: (\d+)/.exec(output)?.[1]);

describe('scenarios/trading.ts', () => {
  let embedded = 0;

  it('runs on the embedded engine with every request answered as asked', async () => {
    const { code, output } = await run(process.execPath, [
      path.join(root, 'bin', 'fxscale'),
      'run',
      script,
      '--save',
      'none',
      '-q',
    ]);
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    embedded = iterations(output);
    expect(embedded).toBeGreaterThan(300);
  });

  it.skipIf(withoutK6 !== undefined)(
    `runs on the real k6 with as many iterations ${withoutK6 ?? ''}`,
    async () => {
      const { code, output } = await run(process.env.K6_BIN ?? 'k6', ['run', '--quiet', script]);
      expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
      // On a busy machine either may drop one, and the last is due at the very end, where both race with it.
      expect(Math.abs(iterations(output) / embedded - 1)).toBeLessThan(0.02);
    },
  );
});
