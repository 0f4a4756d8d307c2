import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readLines } from './log.mjs';
import { readSeries } from './samples.mjs';
import { scriptFolder } from './script.mjs';

const binary = process.env.FXSCALE_BIN ?? path.join(import.meta.dirname, '..', 'bin', 'fxscale');

const k6 = [process.env.K6_BIN ?? 'k6', 'run'];

/** How each engine is called, before the flags that both get. */
export const engines = {
  k6,
  again: k6,
  fxscale: [process.execPath, binary, 'run', '--save', 'none'],
};

/** A script that takes longer than this hangs, in seconds. */
const PATIENCE = 60;

/**
 * Runs `script` on `engine` in a folder of its own under `folder` and gives what can be seen of the run from outside:
 * exit code, log lines, samples, `--summary-export`, stdout, and the files that the script wrote.
 */
export async function runOn(engine, script, { folder, env }) {
  const own = path.join(folder, `${script.name}.${engine}`);
  const work = path.join(own, 'work');
  mkdirSync(work, { recursive: true });
  const [samples, exported] = [path.join(own, 'samples.ndjson'), path.join(own, 'export.json')];
  const addresses = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const places = { ...env, SCRIPTS: scriptFolder };
  const flags = script.flags.map((flag) => flag.replace(/\{(\w+)\}/g, (_, name) => places[name]));
  const outputs = ['--out', `json=${samples}`, '--summary-export', exported];
  const [command, ...first] = engines[engine];
  const args = [...first, '--quiet', '--no-color', ...outputs, ...addresses, ...flags, script.file];
  const { code, stdout, stderr } = await run(command, args, work, script.env);
  return {
    code,
    stdout,
    stderr,
    lines: readLines(stderr),
    series: existsSync(samples) ? readSeries(readFileSync(samples, 'utf8')) : undefined,
    exported: existsSync(exported) ? JSON.parse(readFileSync(exported, 'utf8')) : undefined,
    files: Object.fromEntries(
      readdirSync(work)
        .filter((name) => !name.startsWith('.'))
        .sort()
        .map((name) => [name, readFileSync(path.join(work, name), 'utf8')]),
    ),
  };
}

function run(command, args, cwd, more) {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    TZ: 'UTC',
    K6_NO_USAGE_REPORT: 'true',
    K6_AUTO_EXTENSION_RESOLUTION: 'false',
    K6_USER_AGENT: 'conformance',
    ...more,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = setTimeout(() => child.kill('SIGKILL'), PATIENCE * 1000);
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        out[name] += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(kill);
      resolve({ code: code ?? signal, ...out });
    });
  });
}
