import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationOf, goDuration } from '../../src/load/options/fields.ts';
import { type OptionLayers, resolveOptions } from '../../src/load/options.ts';
import { Thresholds } from '../../src/load/thresholds.ts';

const fixtures = new URL('../fixtures/k6/', import.meta.url);
const recorded = (name: string) => JSON.parse(readFileSync(new URL(name, fixtures), 'utf8'));

const scenario = (layers: OptionLayers) => resolveOptions(layers).options.scenarios[0];

describe('the options of a script', () => {
  /** Accepted by k6 and refused here, with the reason. */
  const stricter: Record<string, string> = {
    '{"stages":[{"target":3}]}': 'k6 drops a stage without a duration and says nothing',
    '{"scenarios":{"a":{"executor":"constant-vus","duration":"1s","options":{"browser":{"type":"chromium"}}}}}':
      'not supported yet',
    '{"scenarios":{"a":{"executor":"ramping-vus","gracefulRampDown":"-1s","stages":[{"duration":"1s","target":2}]}}}':
      'a negative time makes no sense',
    '{"scenarios":{"a":{"executor":"constant-arrival-rate","rate":2000000000,"duration":"1s","preAllocatedVUs":5}}}':
      'more than one iteration per nanosecond',
    '{"maxRedirects":-1}': 'a negative count makes no sense',
    '{"summaryTimeUnit":"m"}': 'k6 run refuses it too, k6 archive does not look',
  };
  /** Refused by k6 later, when it knows what the script exports. */
  const later = new Set(['nope']);

  it.each(recorded('options-accepted.json') as { options: unknown; exit: number }[])(
    '$options are judged as by k6: $exit',
    ({ options, exit }) => {
      const text = JSON.stringify(options);
      const resolve = () => {
        const resolved = resolveOptions({ script: options }).options;
        new Thresholds(resolved.thresholds);
        return resolved.scenarios.some(({ exec }) => later.has(exec)) ? 104 : 0;
      };
      if (exit === 0 && stricter[text] === undefined) expect(resolve()).toBe(0);
      else if (text.includes('"exec":"nope"')) expect(resolve()).toBe(104);
      else expect(resolve).toThrow(expect.objectContaining({ name: 'FxscaleError', exitCode: 104 }));
    },
  );

  it.each(
    recorded('options-consolidated.json') as { options: object; flags: string[]; consolidated: object }[],
  )('$options with $flags become what k6 shows the script', ({ options, flags, consolidated }) => {
    const resolved = resolveOptions({ script: options, flags: parseFlags(flags) }).consolidated;
    expect(resolved).toEqual(consolidated);
    expect(Object.keys(resolved)).toEqual(Object.keys(consolidated));
  });

  it('are complete and in seconds when nobody sets any', () => {
    const { options, warnings } = resolveOptions({});
    expect(warnings).toEqual([]);
    expect({ ...options, systemTags: options.systemTags.size }).toEqual({
      scenarios: [
        {
          name: 'default',
          executor: 'per-vu-iterations',
          startTime: 0,
          gracefulStop: 30,
          exec: 'default',
          env: {},
          tags: {},
          vus: 1,
          iterations: 1,
          maxDuration: 600,
        },
      ],
      thresholds: new Map(),
      noSetup: false,
      setupTimeout: 60,
      handleSummaryTimeout: 120,
      executionSegment: undefined,
      executionSegmentSequence: undefined,
      rps: 0,
      batch: 20,
      batchPerHost: 6,
      httpDebug: '',
      hosts: {},
      blockHostnames: [],
      blacklistIPs: [],
      localIPs: '',
      dns: { ttl: 300, select: 'random', policy: 'preferIPv4' },
      tlsVersion: { min: undefined, max: undefined },
      tlsCipherSuites: [],
      tlsAuth: [],
      noCookiesReset: false,
      consoleOutput: '',
      summaryMode: 'compact',
      noTeardown: false,
      teardownTimeout: 60,
      maxRedirects: 10,
      userAgent: 'fxscale',
      insecureSkipTLSVerify: false,
      throw: false,
      noConnectionReuse: false,
      noVUConnectionReuse: false,
      minIterationDuration: 0,
      discardResponseBodies: false,
      systemTags: 14,
      tags: {},
      summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'],
      summaryTimeUnit: '',
    });
  });

  it('order scenarios by their start, then by name', () => {
    const run = (startTime: string) => ({ executor: 'constant-vus', duration: '1s', startTime });
    const scenarios = { b: run('5s'), z: run('0s'), a: run('5s'), B: run('1m') };
    expect(resolveOptions({ script: { scenarios } }).options.scenarios.map(({ name }) => name)).toEqual([
      'z',
      'a',
      'b',
      'B',
    ]);
  });

  it('take N VUs alone as N iterations shared among them, as k6 does since 2.1', () => {
    expect(scenario({ script: { vus: 7 } })).toMatchObject({
      executor: 'shared-iterations',
      vus: 7,
      iterations: 7,
    });
  });

  it('read thresholds with their conditions for an abort', () => {
    const thresholds = {
      'http_reqs{name:a}': [],
      checks: ['rate>0.9', { threshold: 'rate>0.5', abortOnFail: true, delayAbortEval: '1m' }],
    };
    expect([...resolveOptions({ script: { thresholds } }).options.thresholds]).toEqual([
      ['http_reqs{name:a}', []],
      [
        'checks',
        [
          { expression: 'rate>0.9', abortOnFail: false, delayAbortEval: 0 },
          { expression: 'rate>0.5', abortOnFail: true, delayAbortEval: 60 },
        ],
      ],
    ]);
  });
});

/** What `commands/run.ts` makes of these flags. */
function parseFlags(flags: readonly string[]): Record<string, unknown> {
  const names: Record<string, string> = {
    '-u': 'vus',
    '-d': 'duration',
    '-i': 'iterations',
    '--user-agent': 'userAgent',
    '--min-iteration-duration': 'minIterationDuration',
    '--summary-time-unit': 'summaryTimeUnit',
    '--system-tags': 'systemTags',
  };
  const given: Record<string, unknown> = {};
  const tags: Record<string, string> = {};
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i] ?? '';
    if (flag === '--throw') given.throw = true;
    else if (flag === '--no-connection-reuse') given.noConnectionReuse = true;
    else {
      const text = flags[++i] ?? '';
      if (flag === '--tag') tags[text.split('=')[0] ?? ''] = text.split('=')[1] ?? '';
      else if (flag === '-s') given.stages = text;
      else given[names[flag] ?? flag] = text;
    }
  }
  return Object.keys(tags).length > 0 ? { ...given, tags } : given;
}

describe('durations', () => {
  it.each([
    [1500.5, 1.5005],
    ['1500', 1.5],
    ['1d2h', 93600],
    ['1m30s', 90],
    ['1.5h', 5400],
    ['-3s', -3],
    ['100\u03bcs', 1e-4],
    ['', undefined],
    ['1x', undefined],
    [true, undefined],
    [Number.NaN, undefined],
    ['9999999h', undefined],
  ])('%j are %d seconds', (value, seconds) => {
    expect(durationOf({ value, layer: 'script' })).toBe(seconds);
  });

  it('read back what they are written as', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 15), max: 10 ** 15 }), (nanoseconds) => {
        const seconds = durationOf({ value: goDuration(nanoseconds / 1e9), layer: 'script' });
        return Math.round((seconds ?? Number.NaN) * 1e9) === nanoseconds;
      }),
      { seed: 1 },
    );
  });
});
