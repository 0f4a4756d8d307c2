import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { program } from '../../src/cli.ts';
import { lintScript } from '../../src/load/lint.ts';
import { Folder, fxscale, serve } from './fxscale.ts';
import { inProcess } from './in-process.ts';

const folder = new Folder();
afterAll(() => folder.remove());

const names = ['fxscale.yaml', 'scenarios/load.ts', '.github/workflows/capacity.yml'];
const fresh = (name: string) => {
  const made = path.join(folder.path, name);
  mkdirSync(made);
  return made;
};
const read = (where: string, name: string) => readFileSync(path.join(where, name), 'utf8');

describe('fxscale init', () => {
  it('writes a config, a scenario that k6 would run, and a workflow, and says so', async () => {
    const where = fresh('new');
    const { code, stdout, stderr } = await inProcess(['init'], where);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of names) expect(stdout).toContain(`  ${name}\n`);
    expect(await lintScript(path.join(where, 'scenarios', 'load.ts'))).toEqual([]);
    const [, schema = ''] = /^# yaml-language-server: \$schema=(.+)/.exec(read(where, 'fxscale.yaml')) ?? [];
    expect(JSON.parse(readFileSync(path.resolve(where, schema), 'utf8')).title).toBe('fxscale.yaml');
  });

  it('promises only commands and flags that there are, in the workflow', async () => {
    const where = fresh('workflow');
    await inProcess(['init', '--quiet'], where);
    const workflow = parse(read(where, '.github/workflows/capacity.yml'));
    const steps: { run?: string }[] = workflow.jobs.capacity.steps;
    const lines = steps.flatMap(({ run = '' }) => run.replaceAll('\\\n', ' ').split('\n'));
    const calls = lines.filter((line) => line.startsWith('fxscale '));
    expect(calls.map((call) => call.split(' ')[1])).toEqual(['serve', 'run', 'plan']);
    for (const call of calls) {
      const [, verb = ''] = call.split(' ');
      const command = (await program(verb)).commands.find((each) => each.name() === verb);
      const flags = call.replace(/[|>].*/, '').match(/(?<=\s)--?[a-z-]+/g) ?? [];
      const known = command?.options.flatMap(({ short, long }) => [short, long]);
      expect(flags.filter((flag) => !known?.includes(flag))).toEqual([]);
    }
    expect(lines.join('\n')).toMatch(/npm install --global fxscale@\d+\.\d+\.\d+/);
  });

  it('writes over nothing unless it is told to, and then says it as JSON', async () => {
    const where = fresh('twice');
    writeFileSync(path.join(where, 'fxscale.yaml'), 'seed: 7\n');
    const refused = await inProcess(['init'], where);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /^fxscale: already there: fxscale\.yaml; nothing was written: --force [^\n]+\n$/,
    );
    expect(readdirSync(where)).toEqual(['fxscale.yaml']);
    expect(read(where, 'fxscale.yaml')).toBe('seed: 7\n');

    const { code, stdout } = await inProcess(['init', '--force', '--json', '--dir', where], folder.path);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      folder: where,
      written: names.map((name) => path.join(where, name)),
    });
    expect(read(where, 'fxscale.yaml')).toContain('# seed: 1');
  });

  it('leaves nothing behind where not all can be written', async () => {
    const where = fresh('blocked');
    // A file where a folder is needed: the last of the three has no place.
    writeFileSync(path.join(where, '.github'), 'a file');
    const { code, stderr } = await inProcess(['init', '--force'], where);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^fxscale: \. cannot be written: [^\n]+\n$/);
    expect(existsSync(path.join(where, 'fxscale.yaml'))).toBe(false);
    expect(readdirSync(path.join(where, 'scenarios'))).toEqual([]);
  });
});

describe('fxscale run with a config', () => {
  it('reads what the file names, loads the host that it allows, and keeps its secrets', async () => {
    const where = fresh('run');
    const { url, close } = await serve((_request, response) => response.end('up 1\n'));
    // An address of this machine that is none of its loopback ones.
    const elsewhere = url.replace('127.0.0.1', '0.0.0.0');
    writeFileSync(
      path.join(where, 'fxscale.yaml'),
      `allowHosts: 0.0.0.0\ncollect: "${url.replace('//', `//me:\${COLLECT_PASSWORD}@`)}/metrics"\n`,
    );
    writeFileSync(
      path.join(where, 'one.js'),
      `import http from 'k6/http';\nexport default function () { http.get('${elsewhere}/'); }\n`,
    );
    try {
      const { code, stdout, stderr } = await fxscale(['run', 'one.js', '--save', 'run.ndjson'], {
        cwd: where,
        env: { COLLECT_PASSWORD: 's3cret-enough' },
      });
      expect({ code, stderr: stderr.replace(/^.*run saved to .*\n/m, '') }).toMatchObject({ code: 0 });
      const run = read(where, 'run.ndjson');
      expect(JSON.parse(run.split('\n')[0] ?? '').run.sources).toHaveLength(1);
      expect(stdout + stderr + run).not.toContain('s3cret-enough');
    } finally {
      close();
    }
  });
});
