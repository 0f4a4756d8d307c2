import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { optionsFromEnv, resolveOptions } from '../../src/load/options.ts';

/** What k6 v2.0.0 does with each: it runs, or ends with 104 (255 where it forgot to say so). */
const judged: readonly [options: string, accepted: boolean][] = [
  ['{"rps":5}', true],
  ['{"rps":-1}', true],
  ['{"rps":1.5}', false],
  ['{"rps":"5"}', true],
  ['{"batch":3,"batchPerHost":2}', true],
  ['{"httpDebug":"full"}', true],
  ['{"httpDebug":true}', false],
  ['{"hosts":{"a":"1.2.3.4","b:80":"1.2.3.4:81","*.c.io":"::1","d":"[::1]:80"}}', true],
  ['{"hosts":{"*":"1.2.3.4"}}', true],
  ['{"hosts":{"a":"1.2.3.4:x"}}', false],
  ['{"hosts":{"a":"1.2.3.4:"}}', false],
  ['{"hosts":{"a":1}}', false],
  ['{"hosts":{"*a":"1.2.3.4"}}', true],
  ['{"hosts":{"a.*":"1.2.3.4"}}', false],
  ['{"hosts":{"a b":"1.2.3.4"}}', false],
  ['{"hosts":{"ä.io":"1.2.3.4"}}', false],
  ['{"hosts":{"a_b":"1.2.3.4"}}', false],
  ['{"blockHostnames":["*.a.io","B.com","*",""]}', true],
  ['{"blockHostnames":["a*.io"]}', false],
  ['{"blockHostnames":"a.io"}', false],
  ['{"blacklistIPs":["10.0.0.0/8","1.2.3.4/32","::1/128"]}', true],
  ['{"blacklistIPs":["1.2.3.4"]}', false],
  ['{"dns":{"ttl":"inf","select":"first","policy":"any"}}', true],
  ['{"dns":{"ttl":0}}', false],
  ['{"dns":{"ttl":"-1s"}}', false],
  ['{"dns":{"ttl":"x"}}', false],
  ['{"dns":{"select":"x"}}', false],
  ['{"dns":{"policy":"x"}}', false],
  ['{"dns":{"foo":1}}', true],
  ['{"dns":"ttl=1m"}', false],
  ['{"tlsVersion":"tls1.2"}', true],
  ['{"tlsVersion":{"min":"tls1.0","max":"tls1.3"}}', true],
  ['{"tlsVersion":{}}', true],
  ['{"tlsVersion":{"min":"ssl3.0"}}', false],
  ['{"tlsVersion":{"min":"tls1.2","foo":1}}', false],
  ['{"tlsVersion":"x"}', false],
  ['{"tlsCipherSuites":["TLS_RSA_WITH_AES_128_GCM_SHA256","TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"]}', true],
  ['{"tlsCipherSuites":["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"]}', false],
  ['{"tlsAuth":[{}]}', false],
  ['{"tlsAuth":[{"cert":"x","key":"y"}]}', false],
  ['{"tlsAuth":[]}', true],
  ['{"executionSegment":"1/2"}', true],
  ['{"executionSegment":"x"}', false],
  ['{"executionSegment":"0:1/2","executionSegmentSequence":"0,1/2,1"}', true],
  ['{"executionSegment":"1/3","executionSegmentSequence":"0,1/2,1"}', false],
  ['{"executionSegmentSequence":"0,1/2,1"}', false],
  ['{"executionSegment":"1/2:1/3"}', false],
  ['{"executionSegment":"1/2:3/2"}', false],
  ['{"ext":1}', false],
  ['{"Vus":2,"ITERATIONS":2,"scenarios":null}', true],
  ['{"scenarios":{"a":{"EXECUTOR":"constant-vus","Duration":"1s"}}}', true],
];

it.each(judged)('%s is judged as by k6: %s', (text, accepted) => {
  const resolve = () => resolveOptions({ script: JSON.parse(text) });
  if (accepted) expect(resolve().unknown).toEqual([]);
  else expect(resolve).toThrow(expect.objectContaining({ name: 'FxscaleError', exitCode: 104 }));
});

it.each<[object, string]>([
  [{ hosts: { a: 'foo' } }, 'k6 maps the name to nothing'],
  [{ tlsVersion: { min: 'tls1.3', max: 'tls1.2' } }, 'no handshake can succeed'],
  [{ batch: 0 }, 'k6 hangs in the first http.batch()'],
  [{ httpDebug: 'x' }, 'k6 takes anything for "headers"'],
])('%j is refused although k6 takes it: %s', (script) => {
  expect(() => resolveOptions({ script })).toThrow(expect.objectContaining({ exitCode: 104 }));
});

describe('what they become', () => {
  it('is complete', () => {
    const env = optionsFromEnv({
      K6_DNS: 'ttl=10,select=first',
      K6_BLACKLIST_IPS: '10.0.0.0/8,1.2.3.4/32',
      K6_BLOCK_HOSTNAMES: 'a.io,*.b.io',
      K6_LOCAL_IPS: '127.0.0.1-127.0.0.3,127.0.1.0/30',
    });
    const script = { tlsVersion: { max: 'tls1.2' }, rps: -3, executionSegment: '25%:0.75' };
    const { options, consolidated } = resolveOptions({ env, script });
    expect(options).toMatchObject({
      dns: { ttl: 0.01, select: 'first', policy: 'preferIPv4' },
      blacklistIPs: ['10.0.0.0/8', '1.2.3.4/32'],
      blockHostnames: ['a.io', '*.b.io'],
      localIPs: '127.0.0.1-127.0.0.3,127.0.1.0/30',
      tlsVersion: { min: undefined, max: 'tls1.2' },
      rps: 0,
      executionSegment: '1/4:3/4',
    });
    expect(consolidated).toMatchObject({
      dns: { ttl: '10', select: 'first', policy: null },
      tlsVersion: { min: '', max: 'tls1.2' },
      rps: -3,
      executionSegment: '1/4:3/4',
    });
  });

  it.each([
    ['ttl=0', 0],
    ['ttl=inf', Number.POSITIVE_INFINITY],
    ['select=first', 300],
  ])('reads --dns %s', (dns, ttl) => {
    expect(resolveOptions({ flags: { dns } }).options.dns.ttl).toBe(ttl);
  });

  it.each(['foo=1', '1m', 'ttl=inf,policy=x'])('refuses --dns %s as a flag', (dns) => {
    expect(() => resolveOptions({ flags: { dns } })).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('takes a certificate with its key, and never prints them', async () => {
    const pair = await generate([{ name: 'commonName', value: 'client' }], { keySize: 2048 });
    const tlsAuth = [{ cert: pair.cert, key: pair.private, domains: ['a.io'] }];
    expect(resolveOptions({ script: { tlsAuth } }).options.tlsAuth).toEqual([
      { ...tlsAuth[0], password: undefined },
    ]);
    const wrong = { tlsAuth: [{ cert: pair.cert, key: 'SECRET' }] };
    expect(() => resolveOptions({ script: wrong })).toThrow(
      /^options\.tlsAuth\[0\]: cert and key must be a certificate and its key as PEM \((?!.*SECRET)/,
    );
  });

  it('keeps local addresses and the log file of the console out of scripts, as k6 does', () => {
    const { options, unknown, warnings } = resolveOptions({
      script: { localIPs: '127.0.0.1', consoleOutput: 'x' },
    });
    expect(options).toMatchObject({ localIPs: '', consoleOutput: '' });
    expect(unknown).toEqual(['options.localIPs', 'options.consoleOutput']);
    expect(warnings[0]).toBe('options.localIPs is no option of k6 and has no effect; give it as --local-ips');
  });
});

describe('options.ext.fxscale', () => {
  const scenarios = {
    a: { executor: 'constant-arrival-rate', rate: 1, duration: '1s', preAllocatedVUs: 1 },
    b: { executor: 'constant-arrival-rate', rate: 1, duration: '1s', preAllocatedVUs: 1 },
    c: { executor: 'constant-vus', duration: '1s' },
  };
  const arrivals = (given: unknown) =>
    resolveOptions({ script: { scenarios, ext: { fxscale: { arrivals: given } } } });

  it('makes arrivals random, scenario by scenario, and shows the script what it wrote', () => {
    const { options, consolidated } = arrivals({ a: { process: 'poisson', seed: 7 } });
    expect(options.scenarios).toMatchObject([
      { name: 'a', arrivals: 'poisson', seed: 7 },
      { name: 'b', arrivals: 'uniform' },
      { name: 'c' },
    ]);
    expect(consolidated).toMatchObject({
      ext: { fxscale: { arrivals: { a: { process: 'poisson', seed: 7 } } } },
    });
    expect(options.scenarios[2]).not.toHaveProperty('arrivals');
  });

  it.each([{ c: 'poisson' }, { nope: 'poisson' }, { a: 'random' }, { a: { process: 'poisson', sed: 1 } }])(
    'refuses %j',
    (given) => {
      expect(() => arrivals(given)).toThrow(expect.objectContaining({ exitCode: 104 }));
    },
  );

  it('refuses what it does not know, but leaves the extensions of others alone', () => {
    expect(() => resolveOptions({ script: { ext: { fxscale: { arivals: {} } } } })).toThrow(/arivals/);
    expect(resolveOptions({ script: { ext: { other: 1 } } }).warnings).toEqual([]);
  });
});
