import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { secretSources } from '../../src/load/secret-sources.ts';
import { logOf } from './recorded-script.ts';

const folder = path.join(import.meta.dirname, '../fixtures/k6/modules');

const scripts = [
  ...['console', 'crypto', 'csv', 'encoding', 'execution', 'fs', 'open', 'secrets', 'shared-array'],
  ...['shared-values', 'streams', 'timers', 'web-crypto', 'x509'],
];

const sources = secretSources(
  ['mock=name=first,default,a=hidden value', 'mock=name=second,b=deep secret'],
  {},
);

describe('modules without a network log what k6 does', () => {
  it.each(scripts)('%s', async (name) => {
    const recorded: string[] = JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'));
    const lines = await logOf(path.join(folder, `${name}.js`), sources);
    expect(lines.map(asLogged)).toEqual(recorded.map(asLogged));
  });
});

/** What a log can hold of a line; and the scripts were recorded in another folder than this. */
function asLogged(line: string): string {
  return line
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .replaceAll(/file:\/\/\/[^' ]*\/(?=(?:sub\/[^/' ]*)?')/g, 'file:///')
    .replaceAll(/"\/[^"]*\//g, '"/');
}
