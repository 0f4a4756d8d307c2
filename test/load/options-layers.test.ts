import { describe, expect, it } from 'vitest';
import { FxscaleError } from '../../src/errors.ts';
import { type OptionLayers, optionsFromEnv, resolveOptions } from '../../src/load/options.ts';

function refusal(layers: OptionLayers): FxscaleError {
  try {
    resolveOptions(layers);
  } catch (error) {
    if (error instanceof FxscaleError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const scenario = (layers: OptionLayers) => resolveOptions(layers).options.scenarios[0];

describe('layers', () => {
  it('win from the config file over the script and the environment to the flags', () => {
    const layers = {
      config: { userAgent: 'config', maxRedirects: 1, noSetup: true, throw: true },
      script: { userAgent: 'script', maxRedirects: 2, noSetup: false },
      env: optionsFromEnv({ K6_USER_AGENT: 'env', K6_MAX_REDIRECTS: '3' }),
      flags: { userAgent: 'flag' },
    };
    const { options } = resolveOptions(layers);
    expect(options).toMatchObject({ userAgent: 'flag', maxRedirects: 3, noSetup: false, throw: true });
  });

  it('clear duration, iterations, stages and scenarios below the one that sets any of them, but not vus', () => {
    const stages = [{ duration: '5s', target: 3 }];
    expect(scenario({ config: { vus: 9, iterations: 20 }, script: { stages } })).toMatchObject({
      executor: 'ramping-vus',
      startVUs: 9,
      stages: [{ duration: 5, target: 3 }],
    });
    expect(scenario({ script: { stages }, env: { duration: '3000' }, flags: { vus: '4' } })).toMatchObject({
      executor: 'constant-vus',
      vus: 4,
      duration: 3,
    });
  });

  it.each([
    [{ vus: '2' }, 'shared-iterations', '--vus replaces options.scenarios as a whole'],
    [{ duration: '2s' }, 'constant-vus', '--duration replaces options.scenarios as a whole'],
  ])('say when %j replaces scenarios', (flags, executor, warning) => {
    const script = { scenarios: { a: { executor: 'per-vu-iterations', vus: 3 } } };
    const { options, warnings } = resolveOptions({ script, flags });
    expect(options.scenarios.map((one) => one.executor)).toEqual([executor]);
    expect(warnings).toEqual([warning]);
  });

  it('read variables as k6 does and ignore empty and unknown ones', () => {
    const env = {
      K6_STAGES: '1s:3,2m:0',
      K6_NO_SETUP: 'true',
      K6_TAGS: 'a:b,c:d:e',
      K6_SYSTEM_TAGS: 'url,name',
      K6_SUMMARY_TREND_STATS: 'avg,p(99.9)',
      K6_SETUP_TIMEOUT: '500',
      K6_VUS: '',
      K6_FOO: '1',
      PATH: '/bin',
    };
    const { options, warnings } = resolveOptions({ env: optionsFromEnv(env) });
    expect(warnings).toEqual([]);
    expect(options).toMatchObject({
      scenarios: [
        {
          executor: 'ramping-vus',
          stages: [
            { duration: 1, target: 3 },
            { duration: 120, target: 0 },
          ],
        },
      ],
      noSetup: true,
      tags: { a: 'b', c: 'd:e' },
      systemTags: new Set(['url', 'name']),
      summaryTrendStats: ['avg', 'p(99.9)'],
      setupTimeout: 0.5,
    });
  });

  it('take the tags of the highest layer alone', () => {
    const { options } = resolveOptions({ script: { tags: { a: '1', b: '2' } }, flags: { tags: { a: '9' } } });
    expect(options.tags).toEqual({ a: '9' });
  });
});

describe('what is refused', () => {
  it.each<[OptionLayers, string, string]>([
    [
      { env: optionsFromEnv({ K6_PAUSED: 'true' }) },
      'SCRIPT_OPTIONS',
      'K6_PAUSED: fxscale has no REST API that could resume a paused run; leave it out',
    ],
    [
      { script: { iterations: 1, stages: [{ duration: '1s', target: 1 }] } },
      'SCRIPT_OPTIONS',
      'options.iterations and options.stages exclude each other: keep one of them',
    ],
    [
      { script: { vus: 1.5, duration: '1s' } },
      'SCRIPT_OPTIONS',
      'options.vus is 1.5: it must be a whole number of 1 or more and at most 100000000',
    ],
    [
      { script: { scenarios: { a: { executor: 'constant-vus', duration: '500ms' } } } },
      'SCRIPT_OPTIONS',
      'scenario "a": duration is "500ms": it must be a duration of at least 1s, for example "30s" or "1m30s"',
    ],
    [
      { script: { scenarios: { a: { executor: 'constant-vus' } } } },
      'SCRIPT_OPTIONS',
      'scenario "a": duration is missing: it must be a duration of at least 1s, for example "30s" or "1m30s"',
    ],
    [
      { script: { scenarios: { a: { executor: 'constant-vus', duration: '1s', foo: 1 } } } },
      'SCRIPT_OPTIONS',
      'scenario "a": foo is 1: constant-vus has no such field; it takes startTime, gracefulStop, env, exec, tags, vus, duration',
    ],
    [
      { script: { scenarios: { a: { executor: 'externally-controlled', vus: 1 } } } },
      'SCRIPT_OPTIONS',
      'scenario "a": executor is "externally-controlled": k6 2.0 removed it; use one of shared-iterations, per-vu-iterations, constant-vus, ramping-vus, constant-arrival-rate, ramping-arrival-rate',
    ],
    [
      { script: { scenarios: { a: { executor: 'shared-iterations', vus: 5, iterations: 3 } } } },
      'SCRIPT_OPTIONS',
      'scenario "a": iterations is 3: it must be at least the number of VUs, 5',
    ],
    [
      { flags: { duration: '5000' } },
      'USAGE',
      '--duration is "5000": it must be a duration of at least 1s, for example "30s" or "1m30s"',
    ],
    [
      { flags: { vus: 'x' } },
      'USAGE',
      '--vus is "x": it must be a whole number of 1 or more and at most 100000000',
    ],
    [{ env: { noSetup: '1' } }, 'SCRIPT_OPTIONS', 'K6_NO_SETUP is "1": it must be true or false'],
    [
      { flags: { summaryTimeUnit: 'm' } },
      'USAGE',
      '--summary-time-unit is "m": it must be one of "", "s", "ms", "us"',
    ],
    [
      { script: { thresholds: { checks: 'rate>0' } } },
      'SCRIPT_OPTIONS',
      'options.thresholds["checks"] is "rate>0": it must be a list of conditions such as ["p(95)<500"]',
    ],
  ])('%j', (layers, code, message) => {
    const error = refusal(layers);
    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
  });

  it('is nothing that a value switches off, and nothing that has no effect in a local run of k6', () => {
    const script = {
      rps: 0,
      paused: false,
      hosts: {},
      blockHostnames: [],
      noCookiesReset: false,
      ext: { loadimpact: { projectID: 1 } },
    };
    expect(resolveOptions({ script, config: { noUsageReport: true } }).warnings).toEqual([]);
  });
});

it('warns of what has no effect', () => {
  const script = {
    foo: 1,
    executor: 'ramping-arrival-rate',
    vus: 3,
    systemTags: ['url', 'nope'],
    scenarios: { a: { executor: 'constant-arrival-rate', rate: 1, duration: '1s', preAllocatedVUs: 0 } },
  };
  expect(resolveOptions({ script }).warnings).toEqual([
    'options.foo is no option of k6 and has no effect',
    'options.executor is no option of k6 and has no effect',
    'options.vus has no effect beside options.scenarios',
    'scenario "a" runs nothing: its maxVUs is 0',
    'options.systemTags: "nope" is not a system tag of k6',
  ]);
  for (const empty of [{ stages: [] }, { scenarios: {} }]) {
    const { options, warnings } = resolveOptions({ script: empty });
    expect(options.scenarios).toMatchObject([{ executor: 'per-vu-iterations', vus: 1, iterations: 1 }]);
    expect(warnings).toEqual([`options.${Object.keys(empty)[0]} is empty: one VU runs one iteration`]);
  }
});
