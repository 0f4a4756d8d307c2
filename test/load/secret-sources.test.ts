import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Redaction } from '../../src/load/redaction.ts';
import { secretSources } from '../../src/load/secret-sources.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-secrets-'));
const file = path.join(folder, 'secrets.env');
writeFileSync(file, 'token=abc=def\n spaced = x y \n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('--secret-source', () => {
  it.each([
    ['mock=a=1,b=2', { name: 'mock', isDefault: true, secrets: { a: '1', b: '2' } }],
    ['mock=a=1,name=n', { name: 'n', isDefault: true, secrets: { a: '1' } }],
    [`file=${file}`, { name: 'file', isDefault: true, secrets: { token: 'abc=def', ' spaced ': ' x y ' } }],
    [
      `file=filename=${file},name=f`,
      { name: 'f', isDefault: true, secrets: { token: 'abc=def', ' spaced ': ' x y ' } },
    ],
    ['env', { name: 'env', isDefault: true, secrets: { ONE: '1' } }],
    ['env=MY_', { name: 'env', isDefault: true, secrets: { TWO: '2' } }],
  ])('%s', (configuration, source) => {
    const environment = { FXSCALE_SECRET_ONE: '1', MY_TWO: '2', PATH: '/bin' };
    expect(secretSources([configuration], environment)).toEqual([source]);
  });

  it('takes the one that says so for the default of several', () => {
    const sources = secretSources(['mock=name=a,x=1', 'mock=name=b,default,x=2'], {});
    expect(sources.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ['a', false],
      ['b', true],
    ]);
    expect(secretSources(['mock=name=a,x=1', 'mock=x=2'], {}).some(({ isDefault }) => isDefault)).toBe(false);
  });

  it.each([
    [['nope=x'], 'no secret source for type "nope" for configuration "nope=x"'],
    [['mock'], 'parsing "", needs ='],
    [['mock=a'], 'parsing "a", needs ='],
    [['file=/no/such/file'], 'cannot read the secrets in "/no/such/file"'],
    [['mock=a=1,default', 'mock=b=1,name=b,default'], "can't have two secret sources that are default ones"],
    [['mock=a=1', 'mock=b=1'], 'secret source for name "mock" already registered'],
  ])('refuses %j', (configurations, message) => {
    expect(() => secretSources(configurations, {})).toThrow(
      expect.objectContaining({ code: 'SCRIPT_OTHER', message: expect.stringContaining(message) }),
    );
  });
});

describe('Redaction', () => {
  it('masks every secret, the longer one first, and nothing before it knows one', () => {
    const redaction = new Redaction();
    expect(redaction.apply('abc abcdef')).toBe('abc abcdef');
    redaction.add('abc');
    redaction.add('abcdef');
    redaction.add('');
    expect(redaction.apply('abc abcdef abcd')).toBe(
      '***SECRET_REDACTED*** ***SECRET_REDACTED*** ***SECRET_REDACTED***d',
    );
  });
});
