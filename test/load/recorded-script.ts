import { globalNames } from '../../src/load/modules/global-names.ts';
import { supportedModules } from '../../src/load/modules/surface.ts';
import { resolveOptions } from '../../src/load/options.ts';
import { watchRejections } from '../../src/load/rejections.ts';
import { planOf } from '../../src/load/schedule/plan-of.ts';
import { equalPart } from '../../src/load/schedule/segment.ts';
import { shareOf } from '../../src/load/schedule/share.ts';
import { compileScript } from '../../src/load/script.ts';
import type { SecretSource } from '../../src/load/secret-sources.ts';
import { Session } from '../../src/load/session.ts';
import { User, vuZero } from '../../src/load/user.ts';
import { Counts } from '../../src/load/workers/counts.ts';

/** A script whose module bodies have run for VU 0. A line other than information begins with its level. */
export async function startScript(file: string, secretSources: readonly SecretSource[] = []) {
  const script = await compileScript(file, supportedModules, globalNames);
  const lines: string[] = [];
  const sessionWith = (exported: unknown, first?: Session): Session => {
    const { options, consolidated } = resolveOptions(
      exported === undefined ? {} : { script: JSON.parse(JSON.stringify(exported)) },
    );
    return new Session(options, consolidated, {
      log: (level, message) => lines.push(level === 'info' ? message : `${level}: ${message}`),
      env: {},
      openLoop: false,
      concurrent: script.concurrent,
      allowedHosts: new Set(),
      sharedArrays: first?.sharedArrays ?? new Map(),
      files: first?.files.contents,
      secretSources,
      counts: new Counts(),
      stopFlag: new Int32Array(new SharedArrayBuffer(4)),
      stop: (error) => lines.push(`stop: ${error.message}`),
    });
  };
  const first = sessionWith(undefined);
  const zero = await User.create(vuZero, first, script);
  const session = sessionWith(zero.exports.options, first);
  session.counts.initialised = 1;
  session.startedAt = performance.now();
  const [scenario] = session.options.scenarios;
  const share = scenario && shareOf(planOf(scenario), undefined, equalPart(1, 0));
  if (scenario === undefined || share === undefined) throw new Error(`${file} has no scenario`);
  const { name, executor } = scenario;
  const progress = { name, executor, startedAt: Date.now(), progress: () => 0, iterations: 0, done: 0 };

  /** VU `id`, ready for its first iteration. */
  async function userNumber(id: number): Promise<User> {
    const user = await User.create({ inInstance: id, inTest: id }, session, script);
    user.join({ scenario: scenario as never, share: share as never, progress, data: undefined });
    return user;
  }

  const iterations = 'iterations' in scenario ? Number(scenario.iterations) : 1;
  return { lines, session, zero, userNumber, iterations };
}

/** What a script with one VU logs, as `k6 run` has it: VU 0, VU 1, then as many iterations as its options say. */
export async function logOf(file: string, secretSources: readonly SecretSource[] = []): Promise<string[]> {
  const forget = watchRejections();
  try {
    const { lines, userNumber, iterations } = await startScript(file, secretSources);
    const user = await userNumber(1);
    for (let index = 0; index < iterations; index++) await user.iterate(index, undefined);
    user.vu.client.closeIdle();
    return lines;
  } finally {
    forget();
  }
}
