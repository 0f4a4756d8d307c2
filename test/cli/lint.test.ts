import { afterAll, expect, it } from 'vitest';
import { Folder, fxscale } from './fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());

folder.write('lib.js', 'export const a = 1;');
folder.write(
  'bad.js',
  `import { a } from './lib';\nexport const options = { executer: a };\nexport default () => new URL('http://a');\n`,
);
folder.write('good.js', `import { a } from './lib.js';\nexport default () => a;\n`);
folder.write('broken.js', 'export default () => {');

const lint = (...args: string[]) => fxscale(['lint', ...args], { cwd: folder.path });

it('writes one line for each finding and fails as a gate does', async () => {
  const { code, stdout, stderr } = await lint('bad.js');
  expect([code, stderr]).toEqual([99, '']);
  expect(stdout.split('\n')).toEqual([
    "bad.js:1:19: error: k6 needs the file's whole name: ./lib.js (import-extension)",
    'bad.js:2:26: warning: k6 has no option executer: did you mean executor, which belongs in a scenario? (unknown-option)',
    'bad.js:3:26: error: k6 has no URL: use import { URL } from "https://jslib.k6.io/url/1.0.0/index.js" (missing-global)',
    '',
  ]);
});

it('writes nothing and gives 0 where there are none', async () => {
  expect(await lint('good.js')).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('writes one JSON document', async () => {
  const { code, stdout } = await lint('bad.js', '--json');
  expect(code).toBe(99);
  const { script, findings } = JSON.parse(stdout);
  expect(script).toBe('bad.js');
  expect(findings[0]).toMatchObject({
    file: 'bad.js',
    line: 1,
    column: 19,
    severity: 'error',
    rule: 'import-extension',
  });
  expect(JSON.parse((await lint('good.js', '--json')).stdout).findings).toEqual([]);
});

it('says in one line what cannot be read, and what is no script', async () => {
  expect(await lint('none.js')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^fxscale: cannot read the script none\.js: .*\n$/),
  });
  expect(await lint('broken.js')).toMatchObject({
    code: 107,
    stdout: '',
    stderr: expect.stringMatching(/^fxscale: broken\.js:1:23: .*\n$/),
  });
});
