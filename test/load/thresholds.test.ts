import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FxscaleError } from '../../src/errors.ts';
import { declareBuiltins, Registry, record, Tags } from '../../src/load/metrics.ts';
import type { ThresholdSpec } from '../../src/load/options.ts';
import { crossedMessage, Thresholds } from '../../src/load/thresholds.ts';

type Recorded = { metric: string; expression: string; exit: number };
const recorded = JSON.parse(
  readFileSync(new URL('../fixtures/k6/thresholds.json', import.meta.url), 'utf8'),
) as Recorded[];

const always = (expression: string): ThresholdSpec => ({ expression, abortOnFail: false, delayAbortEval: 0 });
const aborting = (expression: string, delayAbortEval = 0): ThresholdSpec => ({
  expression,
  abortOnFail: true,
  delayAbortEval,
});

/** Metrics as the recorded script declares them, and its samples once thresholds are registered. */
function recordedScript() {
  const registry = new Registry();
  const builtins = declareBuiltins(registry);
  const cc = registry.declare('cc', 'counter');
  const gg = registry.declare('gg', 'gauge');
  const rr = registry.declare('rr', 'rate');
  const tt = registry.declare('tt', 'trend');
  registry.declare('ec', 'counter');
  registry.declare('eg', 'gauge');
  registry.declare('er', 'rate');
  registry.declare('et', 'trend');
  const tags = new Tags().with('group', '').with('scenario', 'default');
  const run = () => {
    record(cc, tags, 2);
    record(cc, tags.with('a', 'b'), 3.5);
    record(cc, tags.with('a', 'b:c'), 10);
    for (const value of [5, 2]) record(gg, tags, value);
    record(gg, tags.with('a', 'b'), 3);
    record(rr, tags, 1);
    record(rr, tags.with('a', 'b'), 0);
    for (const value of [0, 1]) record(rr, tags, value);
    for (let value = 1; value <= 10; value++) record(tt, tags, value);
    record(tt, tags.with('a', 'b').with('x', 'y'), 20);
    record(builtins.iterations, tags, 1);
    record(builtins.dataSent, tags, 0);
    record(builtins.dataReceived, tags, 0);
  };
  return { registry, run };
}

/** The exit code that one threshold leads to. */
function exitOf({ metric, expression }: Pick<Recorded, 'metric' | 'expression'>): number {
  const { registry, run } = recordedScript();
  try {
    const thresholds = new Thresholds([[metric, [always(expression)]]]);
    thresholds.register(registry);
    run();
    return thresholds.judge(1, true).verdicts.every(({ ok }) => ok) ? 0 : 99;
  } catch (error) {
    if (error instanceof FxscaleError) return error.exitCode;
    throw error;
  }
}

describe('a threshold', () => {
  /** Not an answer of k6 but a crash of it: these are refused like other mistakes. */
  const crashes = new Set([2, 109]);

  it.each(recorded)('$metric: $expression ends as in k6, $exit', ({ metric, expression, exit }) => {
    // Percentiles of a histogram are those of k6 to the width of a bucket, 0.1 %, unless they are its ends.
    const [, left, right] =
      /^(med|p\((?:50|050|95)\))===?(.*)$/.exec(metric === 'tt' ? expression : '') ?? [];
    const near = [`${left}>=${Number(right) * 0.999}`, `${left}<=${Number(right) * 1.001}`];
    const expressions = left === undefined ? [expression] : near;
    const exits = expressions.map((one) => exitOf({ metric, expression: one }));
    expect(exits).toEqual(expressions.map(() => (crashes.has(exit) ? 104 : exit)));
  });

  it.each([
    [
      'nope',
      'count>0',
      'threshold on nope: there is no metric "nope", neither built in nor declared by the script',
    ],
    [
      'http_req_duration',
      'count>9',
      'threshold "count>9" on http_req_duration: a trend has no count; use avg, min, max, med, p(N)',
    ],
    ['http_reqs', 'count>9s', 'threshold "count>9s" on http_reqs: "9s" is not a number'],
    ['tt', 'p(101)<1', 'threshold "p(101)<1" on tt: p(N) takes a number from 0 to 100'],
    [
      'checks',
      'rate=1',
      'threshold "rate=1" on checks: write an aggregation, a comparison and a number, for example "p(95)<500" or "rate>0.99"',
    ],
    [
      'http_reqs{a:b',
      'count>0',
      'threshold on http_reqs{a:b: its selector must stand in braces at the end, for example http_reqs{name:home}',
    ],
    [
      'http_reqs{a}',
      'count>0',
      'threshold on http_reqs{a}: "a" is not a tag and its value, for example name:home',
    ],
  ])('%s: %s is refused in one line', (metric, expression, message) => {
    const register = () =>
      new Thresholds([[metric, [always(expression)]]]).register(recordedScript().registry);
    expect(register).toThrow(expect.objectContaining({ code: 'SCRIPT_OPTIONS', message }));
  });

  it('on vu or iter is warned of', () => {
    const warnings = new Thresholds([['cc{vu:1}', []]]).register(recordedScript().registry);
    expect(warnings).toEqual(['threshold on cc{vu:1}: samples are not told apart by vu']);
  });
});

describe('judge', () => {
  it('tells what was compared, with the seconds of the test for rates of counters', () => {
    const { registry, run } = recordedScript();
    const thresholds = new Thresholds([
      ['cc', [always('rate<3'), always('count > 99')]],
      ['tt{ a:b }', [always('p(99.9)<30')]],
    ]);
    thresholds.register(registry);
    run();
    const { verdicts, abort } = thresholds.judge(10, true);
    expect(verdicts).toEqual([
      { metric: 'cc', expression: 'rate<3', aggregation: 'rate', value: 1.55, ok: true },
      { metric: 'cc', expression: 'count > 99', aggregation: 'count', value: 15.5, ok: false },
      { metric: 'tt{a:b}', expression: 'p(99.9)<30', aggregation: 'p(99.9)', value: 20, ok: true },
    ]);
    expect(abort).toBeUndefined();
    expect(crossedMessage(verdicts)).toBe("thresholds on metrics 'cc' have been crossed");
    expect(crossedMessage(verdicts.filter(({ ok }) => ok))).toBeUndefined();
  });

  it('leaves out metrics without samples until the end', () => {
    const { registry } = recordedScript();
    const thresholds = new Thresholds([['ec', [aborting('count>5')]]]);
    thresholds.register(registry);
    expect(thresholds.judge(2, false)).toEqual({ verdicts: [], abort: undefined });
    expect(thresholds.judge(4, true).verdicts).toEqual([
      { metric: 'ec', expression: 'count>5', aggregation: 'count', value: 0, ok: false },
    ]);
  });

  it('asks for an abort when a condition with abortOnFail fails, and after its delay', () => {
    const { registry, run } = recordedScript();
    const thresholds = new Thresholds([
      ['rr', [always('rate>0.9')]],
      ['cc', [aborting('count<1', 3)]],
    ]);
    thresholds.register(registry);
    run();
    expect(thresholds.judge(2, false).abort).toBeUndefined();
    expect(thresholds.judge(3, false).abort).toBeUndefined();
    expect(thresholds.judge(4, false).abort).toBe(
      "thresholds on metrics 'cc, rr' were crossed; at least one has abortOnFail enabled, stopping test prematurely",
    );
    expect(thresholds.judge(5, true).abort).toBeUndefined();
  });

  it('has the view of expected responses whether or not a threshold asks for it', () => {
    const { registry } = recordedScript();
    new Thresholds([]).register(registry);
    expect(registry.get('http_req_duration')?.submetrics.map(({ name }) => name)).toEqual([
      'http_req_duration{expected_response:true}',
    ]);
  });
});
