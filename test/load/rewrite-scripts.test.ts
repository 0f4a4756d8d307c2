import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadScript, transformScript } from '../../src/load/script.ts';
import { asynchronousHost, modules, runBlocking, runRewritten } from './script-runs.ts';

/** Scripts as people write them, one way of organising a script each. */
const folder = path.join(import.meta.dirname, '../fixtures/load/scripts');
const scripts = readdirSync(folder).sort();

it.each(scripts)('runs %s as k6 would', async (name) => {
  const files = { [name]: readFileSync(path.join(folder, name), 'utf8') };
  const wanted = await runBlocking(files);
  expect(await runRewritten(files)).toEqual(wanted);
  expect(wanted.filter((line) => line.startsWith('begin')).length).toBeGreaterThan(1);
  expect(wanted.filter((line) => line.includes(' throws '))).toEqual([]);
});

it('compiles in milliseconds and instantiates in microseconds', async () => {
  const file = path.join(folder, '01-login-and-browse.js');
  await transformScript(file, modules, new Set(['console']));
  const started = performance.now();
  const code = await transformScript(file, modules, new Set(['console']));
  const compiled = performance.now();
  const script = loadScript(code);
  const host = asynchronousHost(false);
  const instances = Array.from({ length: 1000 }, () => script.instantiate(host));
  const perInstance = ((performance.now() - compiled) / instances.length) * 1000;
  // For the reader; how fast the machine is today is no property of the code.
  console.info(
    `compiled in ${(compiled - started).toFixed(1)} ms, ${perInstance.toFixed(1)} µs for each instance`,
  );
  expect(new Set(instances).size).toBe(1000);
});
