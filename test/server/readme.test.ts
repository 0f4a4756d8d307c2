import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { expect, it } from 'vitest';

const server = join(import.meta.dirname, '..', '..', 'server');
const readme = readFileSync(join(server, 'README.md'), 'utf8');
const source = readdirSync(server, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(server, name), 'utf8'))
  .join('\n');

it('names only metrics that there are', () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const usual = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  registry.clear();
  const ending =
    '(?:total|seconds|rows|up|entries|usable|writable|records|drift|leader|depth|latency|info|connections|max|waiting|bytes)';
  const named = [...readme.matchAll(new RegExp(`\`([a-z][a-z0-9]*(?:_[a-z0-9]+)*_${ending})\\b`, 'g'))];
  const metrics = new Set(named.map(([, name = '']) => name));
  expect(metrics.size).toBeGreaterThan(40);
  const unknown = [...metrics].filter((name) => !usual.has(name) && !source.includes(`'${name}'`));
  expect(unknown).toEqual([]);
});

it('names only files and folders that there are', () => {
  const folders = [...readme.matchAll(/^\| ((?:`[\w./-]+`(?:, )?)+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([\w./-]+)`/g)].map(([, name = '']) => name),
  );
  expect(folders.length).toBeGreaterThan(8);
  const there = readdirSync(server, { recursive: true, encoding: 'utf8' });
  expect(folders.filter((name) => !there.includes(name.replace(/\/$/, '')))).toEqual([]);
});
