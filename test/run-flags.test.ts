import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../src/load/options.ts';
import { addK6Flags, flagWarnings, type K6RunFlags, k6OptionsOf } from '../src/run-flags.ts';
import { RunLog, readLogSettings } from '../src/run-log.ts';
import { runSettings } from '../src/run-settings.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-flags-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text?: string) => {
  const where = path.join(folder, name);
  if (text !== undefined) writeFileSync(where, text);
  return where;
};

function parse(...words: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addK6Flags(command);
  command.option('-q, --quiet').option('--no-color');
  command.parse(words, { from: 'user' });
  return { options: k6OptionsOf(command), flags: command.opts<K6RunFlags>() };
}

/** Nothing of the machine that the test runs on. */
const bare = { XDG_CONFIG_HOME: folder };

describe("k6's flags", () => {
  it.each<[string[], object]>([
    [['-u', '3', '-d', '5s'], { vus: '3', duration: '5s' }],
    [['-s', '1s:2', '-s', '3s:4,5s:0'], { stages: [{ duration: '1s', target: '2' }, {}, { target: '0' }] }],
    [['--rps', '5', '--batch', '3', '--batch-per-host=2'], { rps: '5', batch: '3', batchPerHost: '2' }],
    [['--http-debug'], { httpDebug: 'headers' }],
    [['--http-debug=full'], { httpDebug: 'full' }],
    [['--no-setup', '-w'], { noSetup: true, throw: true }],
    [
      ['--blacklist-ip', '10.0.0.0/8', '--blacklist-ip', '1.2.3.4/32'],
      { blacklistIPs: ['10.0.0.0/8', '1.2.3.4/32'] },
    ],
    [['--block-hostnames', 'a.io,*.b.io'], { blockHostnames: ['a.io', '*.b.io'] }],
    [
      ['--execution-segment', '1/2:1', '--local-ips', '127.0.0.1'],
      { executionSegment: '1/2:1', localIPs: '127.0.0.1' },
    ],
    [['--summary-mode=full', '--tag', 'a=b=c'], { summaryMode: 'full', tags: { a: 'b=c' } }],
    [['--no-summary'], { summaryMode: 'disabled' }],
    [[], {}],
  ])('%j', (words, options) => {
    const given = parse(...words).options;
    expect(given).toMatchObject(options);
    expect(Object.keys(given)).toEqual(Object.keys(options));
    resolveOptions({ flags: given });
  });

  it.each([
    [
      ['--summary-mode', 'legacy'],
      '--summary-mode is "legacy": it must be one of "compact", "full", "disabled"',
    ],
    [['--batch', '1.5'], '--batch is "1.5": it must be a whole number of 1 or more'],
    [['--block-hostnames', 'a*.io'], /^--block-hostnames is \["a\*\.io"\]: each must be a name/],
    [['--blacklist-ip', '1.2.3.4'], /^--blacklist-ip is /],
  ])('%j is refused as a flag', (words, message) => {
    expect(() => resolveOptions({ flags: parse(...words).options })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) }),
    );
  });

  it('are written as in Go: with = for on and off, and an optional value only behind =', () => {
    const command = new Command().exitOverride().argument('<script>');
    addK6Flags(command);
    command.parse(['--http-debug', 'script.js', '--no-setup=true', '--no-teardown=false', '--throw=false'], {
      from: 'user',
    });
    expect(command.args).toEqual(['script.js']);
    expect(k6OptionsOf(command)).toEqual({ httpDebug: 'headers', noSetup: true });
  });

  it('that do nothing here say so, and those that cannot be left undone are refused', () => {
    expect(flagWarnings(parse('--linger', '--no-summary', '--no-usage-report', '-t', 'js').flags)).toEqual([
      '--linger has no effect: there is no REST API',
      '--no-summary is gone since k6 2.0: write --summary-mode=disabled',
    ]);
    for (const words of [
      ['--address', 'localhost:6565'],
      ['--traces-output', 'otel'],
    ])
      expect(() => flagWarnings(parse(...words).flags)).toThrow(/^--/);
    expect(() => resolveOptions({ flags: parse('--paused').options })).toThrow(/no REST API/);
  });
});

describe('settings', () => {
  it('take outputs from flags, then the environment, then the config file', () => {
    const config = file('out.json', '{"out":["json=config.json"],"vus":3,"iterations":7}');
    const paths = (words: string[], env = {}) => {
      const { flags, options } = parse('--config', config, ...words);
      return runSettings(flags, options, { ...bare, ...env }).outputs.map((one) => one.path);
    };
    expect(paths(['-o', 'json=a', '--out', 'csv=b'], { K6_OUT: 'json=c' })).toEqual(['a', 'b']);
    expect(paths([], { K6_OUT: 'json=c' })).toEqual(['c']);
    expect(paths([])).toEqual(['config.json']);
  });

  it('make layers that resolve as in k6', () => {
    const config = file('layers.json', '{"vus":3,"iterations":7,"out":[]}');
    const { flags, options } = parse('--config', config, '--vus', '5');
    const { layers } = runSettings(flags, options, { ...bare, K6_MAX_REDIRECTS: '2' });
    const resolved = resolveOptions(layers);
    expect(resolved.unknown).toEqual([]);
    expect(resolved.options).toMatchObject({
      maxRedirects: 2,
      scenarios: [{ executor: 'shared-iterations', vus: 5, iterations: 7 }],
    });
  });

  it("read k6's own config file when there is one, and no other when one is named", () => {
    const home = mkdtempSync(path.join(folder, 'home-'));
    const { flags, options } = parse();
    expect(runSettings(flags, options, { XDG_CONFIG_HOME: home }).layers.config).toBeUndefined();
    const named = file('named.json', '{"throw":true}');
    expect(runSettings(flags, options, { XDG_CONFIG_HOME: home, K6_CONFIG: named }).layers.config).toEqual({
      throw: true,
    });
  });

  it.each([
    ['missing.json', undefined, /--config .*missing\.json cannot be read: ENOENT/],
    ['broken.json', '{', /--config .*broken\.json is not JSON/],
    ['out-of-shape.json', '{"out":"json=x"}', /out must be a list/],
  ])('refuse the config %s', (name, text, message) => {
    const { flags, options } = parse('--config', file(name, text));
    expect(() => runSettings(flags, options, bare)).toThrow(message);
  });

  it('pass the environment on unless told not to, and entries by name alone', () => {
    const env = { ...bare, SECRET: 'x' };
    const of = (...words: string[]) => {
      const { flags, options } = parse(...words);
      return runSettings(flags, options, env).env;
    };
    expect(of('-e', 'A=1').SECRET).toBe('x');
    expect(of('-e', 'A=1=2', '--include-system-env-vars=false')).toEqual({ A: '1=2' });
    expect(of('--no-include-system-env-vars')).toEqual({});
    expect(of('-e', 'PATH', '--no-include-system-env-vars')).toEqual({ PATH: process.env.PATH });
    expect(() => of('-e', 'NO_SUCH_VARIABLE_HERE')).toThrow(/write name=value/);
  });

  it('read the variables of k6 that are no options', () => {
    const { flags, options } = parse();
    const env = {
      ...bare,
      K6_NO_THRESHOLDS: 'true',
      K6_SUMMARY_EXPORT: 's.json',
      K6_NEW_MACHINE_READABLE_SUMMARY: 'true',
    };
    expect(runSettings(flags, options, env)).toMatchObject({
      noThresholds: true,
      summaryExport: 's.json',
      machineReadable: true,
    });
    expect(() => runSettings(flags, options, { ...bare, K6_NO_THRESHOLDS: '1' })).toThrow(
      /must be true or false/,
    );
  });
});

describe('the log', () => {
  const settings = (words: string[], env = {}, terminal = false) =>
    readLogSettings(parse(...words).flags, undefined, env, terminal);
  const lines = (words: string[], terminal = false) => {
    const printed: string[] = [];
    const log = new RunLog(settings(words, {}, terminal), (text) => printed.push(text));
    log.log('debug', 'hidden');
    log.log('info', 'a "b"\n', { source: 'console' });
    log.close();
    return printed.join('').replaceAll(/"?\d{4}-\d\d-\d\dT[\d:]{8}(Z|[+-][\d:]{5})"?/g, 'TIME');
  };

  it('has the forms that k6 has', () => {
    expect(lines([])).toBe('time=TIME level=info msg="a \\"b\\"\\n" source=console\n');
    expect(lines(['--log-format', 'json'])).toBe(
      '{"level":"info","msg":"a \\"b\\"\\n","source":"console","time":TIME}\n',
    );
    expect(lines(['--log-format=raw', '--verbose'])).toBe('hidden\na "b"\n\n');
    expect(lines([], true)).toBe(
      `\u001b[36mINFO\u001b[0m[0000] a "b"${' '.repeat(39)}  \u001b[36msource\u001b[0m=console\n`,
    );
  });

  it('goes to a file, from a level up', () => {
    const where = path.join(folder, 'run.log');
    const log = new RunLog(settings([`--log-output=file=${where},level=warning`]), (text) => {
      throw new Error(text);
    });
    log.log('info', 'low');
    log.log('error', 'high');
    log.close();
    expect(readFileSync(where, 'utf8')).toMatch(/^time="[^"]*" level=error msg=high\n$/);
  });

  it('keeps what the script prints apart when asked to', () => {
    const where = path.join(folder, 'console.log');
    const printed: string[] = [];
    const log = new RunLog(readLogSettings({}, where, {}, false), (text) => printed.push(text));
    log.log('info', 'script', { source: 'console' });
    log.log('info', 'engine');
    log.close();
    expect(readFileSync(where, 'utf8')).toMatch(/^time="[^"]*" level=info msg=script\n$/);
    expect(printed.join('')).toMatch(/msg=engine\n$/);
  });

  it.each([
    ['--log-format', 'xml'],
    ['--log-output', 'loki=x'],
    ['--log-output', 'file'],
    ['--log-output', 'file=x,level=loud'],
  ])('refuses %s %s', (...words) => {
    expect(() => settings(words)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('is refused in a file that cannot be written', () => {
    expect(() => new RunLog(settings([`--log-output=file=${folder}/none/x`]), () => undefined)).toThrow(
      expect.objectContaining({ code: 'OUTPUT' }),
    );
  });
});
