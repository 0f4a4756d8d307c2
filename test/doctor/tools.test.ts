import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { versionIn, versionOf } from '../../src/doctor/tools.ts';

const said = JSON.parse(
  readFileSync(
    path.join(import.meta.dirname, '..', 'fixtures', 'doctor', 'tool-versions-2026-11-29.json'),
    'utf8',
  ),
) as Record<string, string>;

it.each([
  ['k6', '2.0.0'],
  ['redis', '7.0.15'],
  ['java', '17.0.15'],
  ['prometheus', '2.42.0+ds'],
  ['postgres', '15.18'],
  ['docker', '28.2.2'],
  ['kubectl', '1.32.4-dispatcher'],
])('finds the version in what %s says', (tool, version) => {
  expect(versionIn(said[tool] ?? '')).toBe(version);
});

it('finds none where there is none', () => {
  expect(versionIn('usage: thing [flags] file.tar.gz')).toBeUndefined();
});

// Node stands for a program in each of these states.
it.each([
  ['is not there', ['no-such-program-anywhere', []], { why: undefined }],
  [
    'says something else',
    [process.execPath, ['-e', 'console.log("hello")']],
    { why: 'it does not say its version' },
  ],
  [
    'fails',
    [process.execPath, ['-e', 'console.error("broken: no library"); process.exit(127)']],
    { why: 'broken: no library' },
  ],
  ['fails in silence', [process.execPath, ['-e', 'process.exit(3)']], { why: 'it ended with 3' }],
  ['says it on stderr', [process.execPath, ['-e', 'console.error("tool v1.2.3")']], { version: '1.2.3' }],
] as const)('knows of a program that %s', async (_, [command, args], answer) => {
  expect(await versionOf(command, args)).toEqual(answer);
});

it('does not wait for a program that hangs', async () => {
  const hanging = ['-e', 'setInterval(() => undefined, 1000)'];
  expect(await versionOf(process.execPath, hanging, 50)).toEqual({ why: 'no answer within 0.05 s' });
});
