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

const bad = (change: object) =>
  `${lines[0]}\n${JSON.stringify({ ...JSON.parse(lines[1] ?? ''), ...change })}\n`;

it.each([
  ['text', 'x.jsonl', 'hello\n', /^fxscale: x\.jsonl:1: this line is not JSON: .*\n$/],
  ['a field', 'x.jsonl', bad({ maxReplicas: 'many' }), /^fxscale: x\.jsonl:2: maxReplicas: .*number.*\n$/],
  [
    'a target',
    'x.jsonl',
    bad({ metrics: [{ type: 'External' }] }),
    /^fxscale: x\.jsonl:2: metrics\[0\]: has to have exactly one target.*\n$/,
  ],
  [
    'a tolerance',
    'x.jsonl',
    bad({ behavior: { scaleUp: { tolerance: '5%' } } }),
    /^fxscale: x\.jsonl:2: behavior\.scaleUp\.tolerance: "5%" is not a quantity.*\n$/,
  ],
  [
    'a step',
    'x.jsonl',
    bad({ steps: [{ t: 0, spec: -1, status: 1 }] }),
    /^fxscale: x\.jsonl:2: steps\[0\]\.spec: .*\n$/,
  ],
])('says in one line where %s is wrong', async (_, name, text, message) => {
  folder.write(name, text);
  const { code, stderr } = await replay(name);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

it('says in one line what cannot be read, and which releases there are', async () => {
  expect(await replay('none.jsonl')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'fxscale: none.jsonl cannot be read: there is no such file\n',
  });
  const cut = gzipSync(`${lines[0]}\n`).subarray(0, 500);
  writeFileSync(path.join(folder.path, 'cut.gz'), cut);
  expect(await replay('cut.gz')).toMatchObject({
    code: 2,
    stderr: 'fxscale: cut.gz cannot be read: it ends in the middle of the compressed data\n',
  });
  const { code, stderr } = await replay(file, '--k8s', '1.27');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^fxscale: .*--k8s.*1\.28 to 1\.37.*\n$/);
});
