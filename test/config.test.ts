import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { program } from '../src/cli.ts';
import { configSchema, fillIn, parseConfig } from '../src/config.ts';
import { configured } from '../src/config-file.ts';
import { keys } from '../src/config-keys.ts';
import { starterConfig } from '../src/starter-config.ts';

const settingsOf = (text: string) =>
  Object.fromEntries(parseConfig(text, 'fxscale.yaml').settings.map(({ name, texts }) => [name, texts]));

/** A file in which `name` has `value`, both as they stand in YAML. */
function fileWith(name: string, value: string): string {
  const [last, group] = name.split('.').toReversed();
  return group === undefined ? `${last}: ${value}\n` : `${group}:\n  ${last}: ${value}\n`;
}

const wrong: Record<string, string> = {
  slo: 'fast',
  peak: '12000',
  growth: '-200%/y',
  horizon: '0mo',
  events: '[{ name: nfp, multiplier: 3, rise: 60, decay: 30m }]',
  mix: '{ quote: -70 }',
  availability: 'planet',
  zones: '1',
  confidence: 'high',
  seed: '1.5',
  kubernetes: '2.0',
  workers: '0',
};

describe('fxscale.yaml', () => {
  it('gives the texts of flags, whatever form they have', () => {
    const text = `
slo: [p99=250ms, trade:p95=400ms]
peak: 8000..10000..15000/s
events:
  - nfp:3:60s:30m
  - { name: ecb, multiplier: 2, rise: 2m, decay: 10m, at: 4d12h }
mix: { quote: 70, trade: 30% }
replica: { cpu: 2, memory: 512Mi }
kubernetes: 1.30
`;
    expect(settingsOf(text)).toEqual({
      slo: ['p99=250ms', 'trade:p95=400ms'],
      peak: ['8000..10000..15000/s'],
      events: ['nfp:3:60s:30m', 'ecb:2:2m:10m@4d12h'],
      mix: ['quote=70,trade=30%'],
      'replica.cpu': ['2'],
      'replica.memory': ['512Mi'],
      // Not 1.3, which is what YAML makes of it.
      kubernetes: ['1.30'],
    });
    expect(settingsOf('{"peak": "5/s", "slo": "p99=1s"}')).toEqual({ peak: ['5/s'], slo: ['p99=1s'] });
  });

  it('says nothing when it is empty, or a group of it', () => {
    for (const text of ['', '# only a comment\n', 'replica:\n  # cpu: 1\n'])
      expect(settingsOf(text)).toEqual({});
  });

  it('knows where each setting stands', () => {
    const [setting] = parseConfig('# a\n\nreplica:\n  cpu: 500m\n', 'fxscale.yaml').settings;
    expect(setting?.where).toBe('fxscale.yaml:4:8');
  });

  it('takes secrets from the environment, and names the one that is not there', () => {
    const [setting] = parseConfig(`collect: "postgres://fx:\${PW}@db/fx"`, 'f.yaml').settings;
    if (!setting) throw new Error('no setting');
    const [text = ''] = setting.texts;
    expect(fillIn(text, { PW: 's3cret' }, setting)).toBe('postgres://fx:s3cret@db/fx');
    expect(() => fillIn(text, {}, setting)).toThrow(`f.yaml:1:10: collect: \${PW} is not in the environment`);
  });

  it.each([
    ['pek: 1/s', 'fxscale.yaml:1:1: there is no key pek: did you mean peak?'],
    [
      'peak: 1/s\nreplica:\n  memry: 1Gi',
      'fxscale.yaml:3:3: there is no key replica.memry: did you mean replica.memory?',
    ],
    ['storage-gb: 1', 'fxscale.yaml:1:1: there is no key storage-gb: did you mean declared.storageGb?'],
    ['wibble: 1', 'fxscale.yaml:1:1: there is no key wibble: write one of slo, peak, '],
    ['peak:\n\t1/s', 'fxscale.yaml:2:1: a tab cannot indent: write spaces'],
    ['peak: 1/s\npeak: 2/s', 'fxscale.yaml:2:1: this key is here twice: leave one out'],
    ['slo: [p99=1s', 'fxscale.yaml:1:13: this is not YAML: '],
    ['- peak', 'fxscale.yaml:1:1: this is no list of keys'],
    ['peak:', 'fxscale.yaml:1:6: peak: there is no value: write for example 12000/s'],
    [
      'replica: big',
      'fxscale.yaml:1:10: replica: "big" is no group of keys: write for example replica: { cpu: 500m }',
    ],
    ['slo: [p99=1s, fast]', 'fxscale.yaml:1:15: slo[1]: "fast" is not an SLO: write for example '],
    ['peak: { at: 1/s }', 'fxscale.yaml:1:7: peak: a map is not a rate'],
    [
      'events: [{ name: a, multiplier: 2, rise: 1m }]',
      'fxscale.yaml:1:10: events[0].decay: there is no value',
    ],
    [
      'peak: 1/s\ndeclared: { rps: 1 }',
      'fxscale.yaml:2:18: peak and declared.rps both state the load: leave one out',
    ],
    ['zones: 3', 'fxscale.yaml:1:8: zones: has an effect only with availability: zone'],
  ])('refuses %j with its place, what is wrong and what is right', (text, message) => {
    expect(() => parseConfig(text, 'fxscale.yaml')).toThrow(message);
  });
});

describe('the schema for editors', () => {
  const validate = new Ajv({ allErrors: false }).compile(configSchema());
  const file = path.join(import.meta.dirname, '..', 'schema', 'fxscale.schema.json');

  it('is shipped as it is made from the keys: npx vitest run test/config.test.ts -u writes it', async () => {
    await expect(`${JSON.stringify(configSchema(), null, 2)}\n`).toMatchFileSnapshot(file);
  });

  it.each(Object.entries(keys))('agrees on the example of %s', (name, { example }) => {
    const text = fileWith(name, example);
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    if (name === 'zones') expect(settingsOf(`${text}availability: zone`)).toHaveProperty([name]);
    else expect(settingsOf(text)).toHaveProperty([name]);
  });

  it.each(Object.entries(wrong))('agrees that %s cannot be %s', (name, value) => {
    const text = fileWith(name, value);
    expect(validate(parse(text))).toBe(false);
    expect(() => parseConfig(text, 'f')).toThrow(new RegExp(`^f:\\d+:\\d+: ${name}`));
  });

  it('agrees on unknown keys', () => {
    for (const text of ['pek: 1/s', 'replica: { size: 1 }']) {
      expect(validate(parse(text))).toBe(false);
      expect(() => parseConfig(text, 'f')).toThrow('there is no key');
    }
  });
});

describe('the keys', () => {
  it('stand for flags that the commands have, in a notation that these read', async () => {
    const commands = new Set(Object.values(keys).flatMap(({ flags }) => Object.keys(flags)));
    expect([...commands].toSorted()).toEqual(
      [...configured.filter((name) => name !== 'tune'), 'run'].toSorted(),
    );
    const notThere: string[] = [];
    for (const verb of commands) {
      const command = (await program(verb)).commands.find((each) => each.name() === verb);
      for (const [name, { flags, kind, example, take }] of Object.entries(keys)) {
        const option = command?.options.find(({ long }) => long === flags[verb]);
        if (flags[verb] !== undefined && option === undefined) notThere.push(`${verb} ${flags[verb]}`);
        const given = kind.texts(parse(example, { schema: 'failsafe' }));
        for (const text of option ? (take?.[verb]?.(given) ?? given) : [])
          expect(() => option?.parseArg?.(text, option.defaultValue), `${name} for ${verb}`).not.toThrow();
      }
    }
    expect(notThere).toEqual([]);
  });
});

it('has a key for every flag of plan, but for those that say how it is shown', async () => {
  const shown = ['--format', '--json', '--quiet', '--no-color', '--config', '--explain'];
  const known = new Set(Object.values(keys).map(({ flags }) => flags.plan));
  const command = (await program('plan')).commands.find((each) => each.name() === 'plan');
  const flags = command?.options.map(({ long }) => long ?? '') ?? [];
  expect(flags.length).toBeGreaterThan(40);
  expect(flags.filter((each) => !known.has(each) && !shown.includes(each))).toEqual([]);
});

describe('the config to begin with', () => {
  const text = starterConfig('./schema.json');
  const uncommented = (leftOut: string) =>
    text
      .split('\n')
      .filter((line) => !line.startsWith('# yaml-language-server') && !line.startsWith(`#   ${leftOut}:`))
      .map((line) => line.replace(/^# /, ''))
      .join('\n');

  it('says nothing as it is, and names its schema for editors', () => {
    expect(settingsOf(text)).toEqual({});
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema.json');
  });

  it('has every key, with an example that is valid when the # is taken away', () => {
    // Two of them would both state the load.
    const names = Object.keys(keys).filter((name) => name !== 'declared.rps');
    expect(Object.keys(settingsOf(uncommented('rps')))).toEqual(names);
    expect(uncommented('none')).toContain('\n  rps: ');
  });
});

it('keeps a config the same through YAML', () => {
  const text = 'slo: [p99=250ms]\ndeclared: { rps: 5, latency: 10ms }\n';
  expect(settingsOf(stringify(parse(text)))).toEqual(settingsOf(text));
});

it('ships what init copies', () => {
  const { files } = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8'));
  expect(files).toEqual(expect.arrayContaining(['schema', 'starter']));
});
