import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { Folder, fxscale } from './fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());

const file = path.join(import.meta.dirname, '..', 'fixtures', 'hpa', 'traces.jsonl.gz');
const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
const replay = (...args: string[]) => fxscale(['simulate', 'replay', ...args], { cwd: folder.path });

it('writes one line for each trace: the decisions in the notation of what was recorded', async () => {
  const { code, stdout, stderr } = await replay(file);
  expect([code, stderr]).toEqual([0, '']);
  const written = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const recorded = lines.map((line) => JSON.parse(line));
  expect(written).toHaveLength(160);
  // Whether the sync ended with an error is not part of the decision.
  const decisions = recorded.map(({ id, steps }) => {
    return {
      id,
      decisions: steps.map(({ expect: { err, ...decision } }: { expect: { err?: boolean } }) => decision),
    };
  });
  expect(written).toEqual(decisions);
});

it('decides as the release that is named', async () => {
  const plain = folder.write('traces.jsonl', `${lines.slice(0, 40).join('\n')}\n\n`);
  const [now, before] = await Promise.all([replay(plain), replay(plain, '--k8s', '1.32')]);
  expect([now.code, before.code]).toEqual([0, 0]);
  expect(now.stdout.split('\n')).toHaveLength(41);
  expect(before.stdout).not.toBe(now.stdout);
});

it('says in one line what is wrong with a file, and which releases there are', async () => {
  folder.write('bad.jsonl', `${lines[0]}\n{"id":"a","maxReplicas":"many"}\n`);
  writeFileSync(path.join(folder.path, 'cut.gz'), gzipSync(`${lines[0]}\n`).subarray(0, 500));
  const [bad, none, cut, release] = await Promise.all([
    replay('bad.jsonl'),
    replay('none.jsonl'),
    replay('cut.gz'),
    replay(file, '--k8s', '1.27'),
  ]);
  expect([bad.code, none.code, cut.code, release.code]).toEqual([2, 2, 2, 2]);
  expect(bad.stdout.split('\n')).toHaveLength(2);
  expect(bad.stderr).toMatch(/^fxscale: bad\.jsonl:2: maxReplicas: .*\n$/);
  expect(none.stderr).toBe('fxscale: none.jsonl cannot be read: there is no such file\n');
  expect(cut.stderr).toBe('fxscale: cut.gz cannot be read: it ends in the middle of the compressed data\n');
  expect(release.stderr).toMatch(/^fxscale: .*--k8s.*1\.28 to 1\.37.*\n$/);
});
