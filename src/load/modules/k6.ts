import { GoError } from '../go-error.ts';
import type { Check } from '../groups.ts';
import { type Listener, record, type Tags } from '../metrics.ts';
import type { VU } from '../vu.ts';
import { seedRandom } from './random.ts';
import { withTags } from './tags.ts';

type Conditions = Record<string, unknown>;
type CheckSeries = { check: Check; sinks: readonly Listener[] };

/** The module `k6` for one VU. `group` and `check` have a second form for callbacks that the rewrite made async. */
export function k6Module(vu: VU): Record<string, unknown> {
  const { session } = vu;
  // Valid for `seriesTags` only: a group or a tag that the script sets makes another set.
  let seriesTags: Tags | undefined;
  let series: Map<string, CheckSeries> | undefined;

  function seriesOf(name: string, given: Record<string, unknown> | undefined): CheckSeries {
    if (given === undefined && vu.tags === seriesTags) {
      const known = series?.get(name);
      if (known !== undefined) return known;
    }
    if (name.includes('::')) throw new GoError("group and check names may not contain '::'");
    let tags = withTags(vu.tags, given);
    if (session.options.systemTags.has('check')) tags = tags.with('check', name);
    const made = { check: vu.group.check(name), sinks: tags.sinksOf(session.builtins.checks) };
    if (given !== undefined) return made;
    if (series === undefined || vu.tags !== seriesTags) {
      seriesTags = vu.tags;
      series = new Map();
    }
    series.set(name, made);
    return made;
  }

  function count({ check, sinks }: CheckSeries, ok: boolean): void {
    if (ok) check.passes++;
    else check.fails++;
    for (let i = 0; i < sinks.length; i++) (sinks[i] as Listener).add(ok ? 1 : 0);
  }

  function check(value: unknown, conditions: Conditions, tags?: Record<string, unknown>): boolean {
    assertTest('check()');
    assertConditions(conditions);
    let all = true;
    for (const name in conditions) {
      const condition = conditions[name];
      if (isAsync(condition)) throw new GoError(asyncCheck);
      const one = seriesOf(name, tags);
      let result: unknown;
      try {
        result = typeof condition === 'function' ? condition(value) : condition;
      } catch (error) {
        count(one, false);
        throw error;
      }
      count(one, Boolean(result));
      if (!result) all = false;
    }
    return all;
  }

  check.blocking = async (value: unknown, conditions: Conditions, tags?: Record<string, unknown>) => {
    assertTest('check()');
    assertConditions(conditions);
    let all = true;
    for (const name in conditions) {
      const condition = conditions[name];
      const one = seriesOf(name, tags);
      let result: unknown;
      try {
        result = typeof condition === 'function' ? await condition(value) : condition;
      } catch (error) {
        count(one, false);
        throw error;
      }
      count(one, Boolean(result));
      if (!result) all = false;
    }
    return all;
  };

  /** Goes into a group; gives the function that leaves it again. */
  function enter(written: string, body: unknown): () => void {
    assertTest('group()');
    if (typeof body !== 'function') throw new GoError('group() requires a callback as a second argument');
    const name = String(written);
    if (name.includes('::')) throw new GoError("group and check names may not contain '::'");
    const outer = vu.group;
    vu.moveTo(outer.group(name));
    const started = performance.now();
    return () => {
      record(session.builtins.groupDuration, vu.tags, performance.now() - started);
      vu.moveTo(outer);
    };
  }

  function group(name: string, body: () => unknown): unknown {
    if (isAsync(body)) throw new GoError(asyncGroup);
    const leave = enter(name, body);
    try {
      return body();
    } finally {
      leave();
    }
  }

  group.blocking = async (name: string, body: () => unknown) => {
    const leave = enter(name, body);
    try {
      return await body();
    } finally {
      leave();
    }
  };

  function assertTest(what: string): void {
    if (!vu.initialised) throw new GoError(`Using ${what} in the init context is not supported`);
  }

  return {
    check,
    group,
    sleep: (seconds: unknown) => vu.sleep(Math.max(0, Number(seconds) || 0)),
    randomSeed: (seed: unknown) => seedRandom(vu, seed),
    fail: (message: unknown) => {
      throw new GoError(message === undefined ? '' : String(message));
    },
  };
}

const docs = 'https://grafana.com/docs/k6/latest/javascript-api';
const asyncCheck = `the built-in check() does not support async functions as arguments. Use the JavaScript utils library as a replacement. Refer to ${docs}/jslib/utils/check/ for more info`;
const asyncGroup = `group() does not support async functions as arguments, please see ${docs}/k6/group/ for more info`;

/** Written so by the user: what the rewrite makes async comes to the second form of its callee. */
function isAsync(called: unknown): boolean {
  return Object.prototype.toString.call(called) === '[object AsyncFunction]';
}

function assertConditions(conditions: unknown): void {
  if (conditions === undefined) throw new GoError('no checks provided to `check`');
  if (conditions === null) throw new TypeError('Cannot convert undefined or null to object');
}
