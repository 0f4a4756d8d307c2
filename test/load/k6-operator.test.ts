import { spawnSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { bundleForK6 } from '../../src/load/k6/bundle.ts';
import { testRunManifests, testRunName } from '../../src/load/k6/operator.ts';
import { Folder, fxscale } from '../cli/fxscale.ts';
import { missing } from '../requirements.ts';

const request = {
  name: 'load',
  namespace: 'perf',
  parallelism: 4,
  script: 'export default function () {}\n',
  args: ['--vus', '8'],
  env: { URL: 'http://service' },
};

describe('manifests for k6-operator', () => {
  it('are a ConfigMap with the script and a TestRun that runs it', () => {
    const [configMap, testRun] = testRunManifests(request);
    const pod = { image: 'grafana/k6:2.0.0', env: [{ name: 'URL', value: 'http://service' }] };
    expect(configMap).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'load', namespace: 'perf', labels: { app: 'fxscale' } },
      data: { 'script.js': request.script },
    });
    expect(testRun).toEqual({
      apiVersion: 'k6.io/v1alpha1',
      kind: 'TestRun',
      metadata: { name: 'load', namespace: 'perf', labels: { app: 'fxscale' } },
      spec: {
        parallelism: 4,
        script: { configMap: { name: 'load', file: 'script.js' } },
        arguments: '--vus 8 --no-thresholds --summary-mode=disabled --out=json',
        initializer: pod,
        runner: pod,
      },
    });
  });

  it('keep the choices that were made, and arguments with blanks whole', () => {
    const args = ['--tag', 'a=b c', '--out', 'json=/out/r.ndjson', '--summary-mode=full'];
    expect(testRunManifests({ ...request, args })[1]).toMatchObject({
      spec: { args: [...args, '--no-thresholds'] },
    });
  });

  it('refuse a script that no ConfigMap holds, and segments, which the operator gives', () => {
    const script = ' '.repeat(1024 * 1024);
    expect(() => testRunManifests({ ...request, script })).not.toThrow();
    expect(() => testRunManifests({ ...request, script: `${script}ü` })).toThrow('1048578 bytes');
    const args = ['--execution-segment=0:1/2'];
    expect(() => testRunManifests({ ...request, args })).toThrow('--execution-segment: k6-operator gives');
  });

  it('have names that Kubernetes takes, whatever the file is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (file) => {
        const name = testRunName(file);
        return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= 40;
      }),
      { seed: 1 },
    );
    expect(testRunName('My Load_test.v2.ts')).toBe('my-load-test-v2');
  });
});

describe('a script for k6 in one piece', () => {
  const folder = new Folder();
  afterAll(() => folder.remove());
  const several = () => {
    folder.write(
      'part.ts',
      `import http from 'k6/http'; export enum Side { Buy = 1 }\nexport const get = (url: string) => http.get(url);`,
    );
    folder.write('data.json', '{"word":"from json"}');
    return folder.write(
      'several.ts',
      `import { get, Side } from './part';\nimport data from './data.json';\nimport { browser } from 'k6/browser';
       export const options = { vus: 3, iterations: 6 };
       export default function (): void { console.log(data.word, Side.Buy, typeof get, typeof browser); }
       export function setup() { return 1; }`,
    );
  };

  it('holds what it imports, and leaves the modules of k6 outside', async () => {
    const code = await bundleForK6(several());
    expect(code).toContain('from json');
    expect([...code.matchAll(/from "(.*)"/g)].map(([, name]) => name).sort()).toEqual([
      'k6/browser',
      'k6/http',
    ]);
    expect(code).toMatch(/export \{[^}]*default[^}]*options[^}]*setup/s);
  });

  it('is the file itself when there is only one', async () => {
    const text = `// as it is\nconst http = require('k6/http');\nexports.default = () => http.get('http://x/');\n`;
    expect(await bundleForK6(folder.write('single.js', text))).toBe(text);
  });

  it.each([
    ['opens.js', `const x = open('./a.txt'); export default function () { console.log(x); }`, 'opens files'],
    ['fs.js', `import { open } from 'k6/experimental/fs'; export default () => open;`, 'opens files'],
    ['cjs.js', `const p = require('./single.js'); exports.default = () => p;`, 'CommonJS script'],
    ['broken.js', 'export default function () {', 'broken.js'],
  ])('is refused for %s', async (name, text, why) => {
    folder.write('single.js', 'exports.x = 1;');
    await expect(bundleForK6(folder.write(name, text))).rejects.toThrow(why);
  });

  it('takes a method or a variable of its own named open for what it is', async () => {
    const text = `const socket = { open: () => 1 }; export default function () { const open = () => socket.open(); return open(); }`;
    expect(await bundleForK6(folder.write('mine.js', text))).toBe(text);
  });

  it('is printed with what k6-operator needs', async () => {
    const script = several();
    const run = await fxscale(['run', '--engine', 'k6-operator', '-u', '6', '-e', 'A=b', '--quiet', script]);
    const documents = parseAllDocuments(run.stdout).map((one) => one.toJS() as Record<string, unknown>);
    expect(documents.map(({ kind }) => kind)).toEqual(['ConfigMap', 'TestRun']);
    expect(documents[1]).toMatchObject({
      spec: {
        arguments: '-u 6 --no-thresholds --summary-mode=disabled --out=json',
        runner: { env: [{ name: 'A', value: 'b' }] },
      },
    });
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(run.code).toBe(0);
  });

  const reason = missing('k6');
  it.skipIf(reason !== undefined)(`runs on the real k6${reason ? ` (${reason})` : ''}`, async () => {
    const folderPath = path.dirname(several());
    const code = (await bundleForK6(path.join(folderPath, 'several.ts')))
      .replace(/^import \{ browser \}.*$/m, '')
      .replace('typeof browser', '"none"');
    const k6 = spawnSync(
      process.env.K6_BIN ?? 'k6',
      ['run', '-q', '--no-usage-report', folder.write('one.js', code)],
      {
        encoding: 'utf8',
      },
    );
    expect(k6.stderr.match(/msg="from json 1 function none"/g)).toHaveLength(6);
    expect(k6.status).toBe(0);
  });
});
