import type { Check } from '../groups.ts';
import { record, type Sink, type Tags } from '../metrics.ts';
import type { VU } from '../vu.ts';
import { withTags } from './tags.ts';

type Conditions = Record<string, unknown>;
type CheckSeries = { check: Check; sinks: readonly Sink[] };

/** The module `k6` for one VU. `group` and `check` have a second form for callbacks that the rewrite made async. */
export function k6Module(vu: VU): Record<string, unknown> {
  const { session } = vu;
  // Valid for `seriesTags` only: a group or a tag that the script sets makes another set.
  let seriesTags: Tags | undefined;
  let series = new Map<string, CheckSeries>();

  function seriesOf(name: string, given: Record<string, unknown> | undefined): CheckSeries {
    if (given === undefined && vu.tags === seriesTags) {
      const known = series.get(name);
      if (known !== undefined) return known;
    }
    if (name.includes('::')) throw new Error("group and check names may not contain '::'");
    let tags = withTags(vu.tags, given);
    if (session.options.systemTags.has('check')) tags = tags.with('check', name);
    const made = { check: vu.group.check(name), sinks: tags.sinksOf(session.builtins.checks) };
    if (given !== undefined) return made;
    if (vu.tags !== seriesTags) {
      seriesTags = vu.tags;
      series = new Map();
    }
    series.set(name, made);
    return made;
  }

  function count({ check, sinks }: CheckSeries, ok: boolean): void {
    if (ok) check.passes++;
    else check.fails++;
    for (let i = 0; i < sinks.length; i++) (sinks[i] as Sink).add(ok ? 1 : 0);
  }

  function check(value: unknown, conditions: Conditions, tags?: Record<string, unknown>): boolean {
    assertTest('check()');
    let all = true;
    for (const name in conditions) {
      const condition = conditions[name];
      const one = seriesOf(name, tags);
      let result: unknown;
      try {
        result = typeof condition === 'function' ? condition(value) : condition;
        refuseAsync(result, 'check');
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
  function enter(name: string): () => void {
    assertTest('group()');
    if (name.includes('::')) throw new Error("group and check names may not contain '::'");
    const outer = vu.group;
    vu.moveTo(outer.group(name));
    const started = performance.now();
    return () => {
      record(session.builtins.groupDuration, vu.tags, performance.now() - started);
      vu.moveTo(outer);
    };
  }

  function group(name: string, body: () => unknown): unknown {
    const leave = enter(name);
    try {
      const result = body();
      refuseAsync(result, 'group');
      return result;
    } finally {
      leave();
    }
  }

  group.blocking = async (name: string, body: () => unknown) => {
    const leave = enter(name);
    try {
      return await body();
    } finally {
      leave();
    }
  };

  function assertTest(what: string): void {
    if (!vu.initialised) throw new Error(`Using ${what} in the init context is not supported`);
  }

  return {
    check,
    group,
    sleep: (seconds: unknown) => vu.sleep(Math.max(0, Number(seconds) || 0)),
    fail: (message: unknown) => {
      throw new Error(message === undefined ? '' : String(message));
    },
  };
}

function refuseAsync(result: unknown, what: string): void {
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new TypeError(`${what}() does not support async functions as arguments`);
  }
}
