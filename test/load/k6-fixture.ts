import { readFileSync } from 'node:fs';
import path from 'node:path';
import { logfmt } from '../../src/load/console.ts';
import { globalNames } from '../../src/load/modules/global-names.ts';
import { supportedModules } from '../../src/load/modules/surface.ts';
import { resolveOptions } from '../../src/load/options.ts';
import { planOf } from '../../src/load/schedule/plan-of.ts';
import { equalPart } from '../../src/load/schedule/segment.ts';
import { shareOf } from '../../src/load/schedule/share.ts';
import { type CompiledScript, compileScript } from '../../src/load/script.ts';
import { Session } from '../../src/load/session.ts';
import { User, vuZero } from '../../src/load/user.ts';
import { Counts } from '../../src/load/workers/counts.ts';

const folder = path.join(import.meta.dirname, '..', 'fixtures', 'k6', 'http');

/** What k6 printed for a script, a line each, and which samples it recorded: how often, metric, value, tags. */
export function recorded(name: string): { lines: string[]; samples: string[] } {
  const read = (ending: string) =>
    readFileSync(path.join(folder, `${name}.${ending}`), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  return { lines: read('out'), samples: read('tags').sort() };
}

/** Runs a script of the fixtures with one VU against the server at `base`, and tells the same of it. */
export async function runFixture(
  name: string,
  base: string,
): Promise<{ lines: string[]; samples: string[] }> {
  const host = base.slice('http://'.length);
  const local = host.replace('127.0.0.1', 'localhost');
  const hide = (text: string) =>
    [host, encodeURIComponent(host), local, encodeURIComponent(local)].reduce(
      (all, one, i) => all.replaceAll(one, i < 2 ? 'HOST' : 'LOCAL'),
      text.replace(/request_id=[-0-9a-f]+/, 'request_id=ID'),
    );
  const script = await compileScript(path.join(folder, `${name}.js`), supportedModules, globalNames);
  const lines: string[] = [];
  const samples = new Map<string, number>();
  const first = sessionFor(script, {}, base, () => undefined);
  const { exports } = await User.create(vuZero, first, script);
  const session = sessionFor(script, exports.options as object | undefined, base, (line) =>
    lines.push(hide(line)),
  );
  // k6 prints what module bodies log for the VU and for VU 0.
  await User.create(vuZero, session, script);
  session.registry.tapInto((metric, tags) => ({
    add(value: number) {
      if (!['http_reqs', 'http_req_failed', 'http_req_duration'].includes(metric.name)) return;
      const number = metric.name === 'http_req_failed' ? ` ${value}` : '';
      const sorted = Object.fromEntries(Object.entries(tags.toObject()).sort(([a], [b]) => (a < b ? -1 : 1)));
      const key = hide(`${metric.name}${number} ${spaced(sorted)}`);
      samples.set(key, (samples.get(key) ?? 0) + 1);
    },
  }));
  const user = await User.create({ inInstance: 1, inTest: 1 }, session, script);
  const [scenario] = session.options.scenarios;
  if (scenario === undefined) throw new Error('a script without a scenario');
  const share = shareOf(planOf(scenario), undefined, equalPart(1, 0));
  if (share === undefined) throw new Error('a script that runs nothing');
  const progress = {
    name: scenario.name,
    executor: scenario.executor,
    startedAt: 0,
    progress: () => 0,
    iterations: 0,
    done: 0,
  };
  user.join({ scenario, share, progress, data: undefined });
  const count = 'iterations' in scenario ? scenario.iterations : 1;
  for (let i = 0; i < count; i++) await user.iterate(i, undefined);
  user.vu.client.closeIdle();
  return { lines, samples: [...samples].map(([key, times]) => `${times} ${key}`).sort() };
}

function sessionFor(
  script: CompiledScript,
  options: object | undefined,
  base: string,
  print: (line: string) => void,
): Session {
  const resolved = resolveOptions({ script: JSON.parse(JSON.stringify(options ?? {})) });
  return new Session(resolved.options, resolved.consolidated, {
    log: (level, message, fields) => print(logfmt('T', level, message, fields).slice('time="T" '.length, -1)),
    env: { BASE: base },
    openLoop: false,
    concurrent: script.concurrent,
    allowedHosts: new Set(),
    sharedArrays: new Map(),
    counts: new Counts(),
    stopFlag: new Int32Array(new SharedArrayBuffer(4)),
    stop: (error) => print(`stopped: ${error.message}`),
  });
}

/** JSON with the blanks that the recordings have. */
function spaced(object: Record<string, string>): string {
  return `{${Object.entries(object)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(', ')}}`;
}
