import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Folder, fxscale } from '../cli/fxscale.ts';
import { countSamples, type LogLine, readLog, sortObjects } from './k6-recordings.ts';

const recorded = path.join(import.meta.dirname, '..', 'fixtures', 'k6', 'vectors');
const exits = readFileSync(path.join(recorded, 'exits.tsv'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split('\t') as [script: string, code: string]);

/** What k6 2.0.0 does otherwise than the recorded k6 1.3.0, as tried with it. */
const changedInK6v2: Record<string, { exit: number; reason: string }> = {
  'e13.js': { exit: 107, reason: 'a module that is not there is a fault of the script' },
  'e14.js': { exit: 107, reason: 'a module that is not there is a fault of the script' },
  'ts/b.ts': { exit: 107, reason: 'a module that is not there is a fault of the script' },
  'ts/f.js': { exit: 107, reason: 'a module that is not there is a fault of the script' },
};

/** What fxscale runs on purpose and the real k6 does not; under --strict these end as recorded. */
const acceptedWithoutStrict: Record<string, { prints: string; reason: string }> = {
  'ts/b.ts': { prints: '1 1 2 3 1 undefined', reason: 'an import without its extension' },
  'ts/c.ts': { prints: '1', reason: 'an import of JSON' },
  'ts/d.ts': { prints: '1', reason: 'a dynamic import' },
};

/** What k6 only warns of and --strict makes an error, as asked; these are compared without it. */
const refusedByStrict: Record<string, { exit: number; says: string }> = {
  'e7.js': { exit: 104, says: 'options.foo is no option of k6, which --strict makes an error' },
};

/** Scripts whose counts depend on the time: how many samples there may be of each tag set that matches. */
const ranges: Record<string, [tags: RegExp, least: number, most: number][]> = {
  // An iteration that is due exactly at the end may or may not run.
  'a1.js': [[/scenario=car/, 10, 11]],
  'a2.js': [[/scenario=r/, 11, 12]],
  'seg.js': [
    [/scenario=a/, 10, 11],
    [/scenario=d/, 20, 60],
  ],
  'e4.js': [[/scenario=a/, 1, 1e6]],
};

/** Where the lines differ, and how both sides are read so that nothing else does. */
const readAlike: Record<string, { reason: string; read: (line: string) => string }> = {
  'a1.js': {
    reason: 'the iteration due at the end may run',
    read: (line) => (/ it=10 /.test(line) ? '' : line),
  },
  'a2.js': {
    reason: 'the iteration due at the end may run',
    read: (line) => (/ it=11 /.test(line) ? '' : line),
  },
  'seg.js': {
    reason: 'the iteration due at the end may run',
    read: (line) => (/ a it=10 /.test(line) ? '' : line),
  },
  'feat.js': {
    reason: "Node has more of the language than k6's engine, and nothing less",
    read: knownFeatures,
  },
  't2.js': {
    reason: 'k6 2.2 encodes null as empty where older ones write <nil>',
    read: (line) =>
      line.replace(/n=%3Cnil%3E/, 'n=').replace(/"Content-Length","23"/, '"Content-Length","14"'),
  },
  'e7.js': {
    reason: 'each unknown option is named, where k6 names one of them',
    read: (line) => (line.startsWith('warning') ? 'warning' : line),
  },
  'ts/j.js': {
    reason: "k6 2.x prints lists with blanks; V8's TypeError names the object, too",
    read: (line) => line.replace("'a' of object '#<Object>'", "'a'").replace('[ 1, 2 ]', '[1,2]'),
  },
  'ts/l.js': {
    reason: "what grows a list in setup's data is lost in k6, whose objects have no order either",
    read: (line) =>
      line
        .replace(/"a":\[9[^\]]*\]/, '"a":[9]')
        .replace(/function [a-z,]+/, (names) => [...names.slice(9).split(',')].sort().join())
        .replace(/console {3}\d+ \d+ /, 'console   lengths '),
  },
};

const folder = new Folder();
const server: { child?: ChildProcess; port: number } = { port: 0 };

beforeAll(async () => {
  cpSync(recorded, folder.path, { recursive: true });
  server.port = await freePort();
  const name = path.join(folder.path, 'server.cjs');
  writeFileSync(name, readFileSync(name, 'utf8').replace('18080', String(server.port)));
  server.child = spawn(process.execPath, [name], { env: { ...process.env, TTL_MS: '120000' } });
  await answering();
  const t2 = path.join(folder.path, 't2.js');
  writeFileSync(t2, readFileSync(t2, 'utf8').replace('18080', String(server.port)));
});

afterAll(() => {
  server.child?.kill();
  folder.remove();
});

// Most of their time they wait.
vi.setConfig({ maxConcurrency: 2 });

describe.concurrent('scripts recorded with the real k6', () => {
  it.each(exits)('%s under --strict', async (script, code) => {
    const name = script.replace('/', '_');
    const samples = path.join(folder.path, `${name}.own.ndjson`);
    const strict = script in refusedByStrict ? [] : ['--strict'];
    const run = await runScript(script, [...strict, '--out', `json=${samples}`]);
    expect({ code: run.code }).toEqual({ code: changedInK6v2[script]?.exit ?? Number(code) });
    const printed = readFileSync(path.join(recorded, `${name}.out`), 'utf8');
    expect(shown(script, readLog(run.stderr))).toEqual(shown(script, readLog(printed)));
    const theirs = path.join(recorded, `${name}.ndjson`);
    if (!existsSync(theirs) || run.code === 107) return;
    expect(counts(script, samples)).toEqual(counts(script, theirs));
  });

  it.each(Object.entries(acceptedWithoutStrict))('%s runs without --strict', async (script, { prints }) => {
    const run = await runScript(script, []);
    expect(run.stderr).toContain(`msg=${/^\w+$/.test(prints) ? prints : JSON.stringify(prints)}`);
    expect(run.code).toBe(0);
  });
});

it.each(Object.entries(refusedByStrict))('%s is refused by --strict', async (script, { exit, says }) => {
  const run = await runScript(script, ['--strict']);
  expect(run.stderr).toContain(says);
  expect(run.code).toBe(exit);
});

function runScript(script: string, flags: string[]) {
  const common = ['--quiet', '--no-color', '--save', 'none', '--user-agent', 'Grafana k6/1.3.0'];
  return fxscale(['run', ...common, ...flags, path.join(folder.path, script)]);
}

/** What is left of the log when times, ports and the reason at the end, which is in own words, are put aside. */
function shown(script: string, lines: LogLine[]): string[] {
  const kept = lines.filter(
    ({ source, level, msg = '' }) => source !== undefined || level !== 'error' || msg.startsWith('Uncaught'),
  );
  const texts = kept.map(({ level, msg = '', source, executor, scenario, error }) => {
    const text = [msg, error ?? ''].map((one) => normal(one)).join(' | ');
    return [level, source ?? '', executor ?? '', scenario ?? '', text].join(' ');
  });
  const read = readAlike[script]?.read ?? ((text: string) => text);
  const alike = texts.map(read).filter((text) => text !== '');
  // One warning for each of the unknown options.
  const told = script === 'e7.js' ? [...new Set(alike)] : alike;
  return ['a1.js', 'a2.js', 'seg.js'].includes(script) ? inTable(told) : told;
}

function normal(text: string): string {
  return sortObjects(
    text
      .replaceAll(folder.path, '/scripts')
      .replaceAll(`:${server.port}`, ':18080')
      // Places in the recorded stacks carry the program counter of k6's own machine.
      .replace(/(:\d+:\d+)\(\d+\)/g, '$1')
      .replace(/"(duration|waiting|sending|receiving|blocked|connecting)":[\d.e-]+/g, '"$1":0')
      .replace(/"Date":"[^"]*"/g, '"Date":"then"')
      .replace(/"testRunDurationMs":[\d.]+/, '"testRunDurationMs":0')
      .replace(/"(rate|count)":[\d.]+/g, '"$1":0'),
  );
}

/** Of the features that a line names those that k6 has. */
function knownFeatures(line: string): string {
  const [, features] = /console {3}YES (.*) \| $/.exec(line) ?? [];
  if (features === undefined) return '';
  const printed = readFileSync(path.join(recorded, 'feat.js.out'), 'utf8');
  const theirs = /YES (.*?)"/.exec(printed)?.[1]?.split(' ') ?? [];
  const ours = new Set(features.split(' '));
  return theirs.filter((feature) => ours.has(feature)).join(' ');
}

/** Lines of an executor's table: which VU takes which iteration depends on who is idle first. */
function inTable(texts: string[]): string[] {
  return texts.map((text) => text.replace(/ t=\d+/, '').replace(/ vu[IT]?=\d+/g, '')).sort();
}

/** Names, tags and numbers of samples; vus and vus_max are sampled by the second, so they say nothing here. */
function counts(script: string, file: string): Record<string, unknown> {
  const within = (tags: string, count: number) => {
    const range = (ranges[script] ?? []).find(([pattern]) => pattern.test(tags));
    return range === undefined ? count : count >= range[1] && count <= range[2];
  };
  const metrics = [...countSamples(file)].filter(([name]) => name !== 'vus' && name !== 'vus_max');
  return Object.fromEntries(
    metrics.map(([name, sets]) => [
      name,
      Object.fromEntries([...sets].map(([tags, count]) => [normal(tags), within(tags, count)]).sort()),
    ]),
  );
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

async function answering(): Promise<void> {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${server.port}/`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
