import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder, fxscale } from './fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());

const source = `
  import { check, group } from 'k6';
  import { Counter, Trend } from 'k6/metrics';
  const made = new Counter('made'), size = new Trend('size');
  export const options = { iterations: 3, vus: 2, thresholds: { made: ['count>2', 'count>99'] } };
  export function setup() { return { from: 'setup' }; }
  export default function () {
    console.log('hello');
    group('outer', () => { size.add(2.5); check(1, { fine: true }); group('inner', () => check(0, { 'not fine': false })); });
    made.add(1, { colour: 'red' });
  }`;
const withSummary = `${source}
  export function handleSummary(data) {
    return { 'own.json': JSON.stringify(data), stdout: 'own words\\n', 'missing/folder/x': 'lost' };
  }`;

function run(text: string, ...flags: string[]) {
  const script = folder.write('script.js', text);
  return fxscale(['run', script, '--save', 'none', ...flags], { cwd: folder.path });
}
const read = (name: string) => readFileSync(path.join(folder.path, name), 'utf8');

describe('fxscale run', () => {
  it('writes samples, the summary in full, an export and logs where they are wanted', async () => {
    const { code, stdout, stderr } = await run(
      source,
      ...['--out', 'json=samples.json', '-o', 'csv=samples.csv', '--summary-export', 'export.json'],
      ...['--summary-mode', 'full', '--console-output', 'console.log', '--log-format=json'],
    );
    expect(code).toBe(99);
    expect(stdout).toMatch(/█ GROUP: outer .*↳ GROUP: inner .*✗ not fine/s);
    expect(read('console.log').match(/"msg":"hello"/g)).toHaveLength(3);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', msg: "thresholds on metrics 'made' have been crossed" }),
    );
    const samples = read('samples.json')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { metric: string; type: string; data: object });
    const made = samples.filter(({ metric }) => metric === 'made');
    expect(made.map(({ type }) => type)).toEqual(['Metric', 'Point', 'Point', 'Point']);
    expect(made[1]?.data).toMatchObject({
      value: 1,
      tags: { colour: 'red', group: '', scenario: 'default' },
    });
    const rows = read('samples.csv').trim().split('\n');
    expect(rows[0]).toMatch(/^metric_name,timestamp,metric_value,check,.*,extra_tags,metadata$/);
    expect(rows.filter((row) => row.startsWith('made,'))).toHaveLength(3);
    const { metrics } = JSON.parse(read('export.json')) as { metrics: Record<string, object> };
    expect(metrics.made).toMatchObject({ count: 3, thresholds: { 'count>2': false, 'count>99': true } });
  });

  it('lets the script make its own summary, and only logs what cannot be written', async () => {
    const { code, stdout, stderr } = await run(withSummary);
    expect(code).toBe(99);
    expect(stdout).toMatch(/ scenarios: \(100\.00%\) 1 scenario.*\n\nown words\n$/s);
    expect(stderr).toMatch(/failed to handle the end-of-test summary.*missing\/folder\/x/);
    expect(JSON.parse(read('own.json'))).toMatchObject({
      root_group: { groups: [{ name: 'outer', checks: [{ name: 'fine', passes: 3, fails: 0 }] }] },
      metrics: { made: { values: { count: 3 }, thresholds: { 'count>99': { ok: false } } } },
      setup_data: { from: 'setup' },
    });
  });

  it.each([
    [['--out', 'json=missing/folder/x.json'], 2, /missing\/folder\/x\.json cannot be written/],
    [['--out', 'influxdb=http://localhost'], 2, /there is no such output; write json=FILE or csv=FILE/],
    [['--summary-mode', 'legacy'], 2, /"compact", "full", "disabled"/],
    [['--config', 'missing.json'], 104, /--config missing\.json cannot be read/],
    [['--log-output', 'loki'], 2, /write stderr, stdout, none or file=PATH/],
    [['--address', 'localhost:6565'], 2, /no REST API/],
  ])('refuses %j in one line', async (flags, expected, message) => {
    const { code, stderr, stdout } = await run(source, ...flags);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      code: expected,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toMatch(message);
    expect(existsSync(path.join(folder.path, 'missing'))).toBe(false);
  });
});
