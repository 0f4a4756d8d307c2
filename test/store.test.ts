import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RUN_SCHEMA, type RunHeader } from '../src/run.ts';
import { createRunWriter, defaultRunPath, readRun } from '../src/store.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fxscale-store-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const header: RunHeader = {
  schema: RUN_SCHEMA,
  id: 'r1',
  startedAt: '2026-11-22T10:00:00.000Z',
  version: '0.1.0',
  script: 'trading.ts',
  openLoop: true,
  machine: { cpus: 2, memory: 2 ** 32, platform: 'linux', node: '20.20.2' },
  service: {},
  sources: [],
};
const sample = (t: number) => ({ t, source: 'process/api', values: { cpu_seconds: t / 2 } });

describe('a run file', () => {
  it('can be read at every moment while it is written, and afterwards', async () => {
    const file = path.join(folder, 'new', 'folders', 'run.ndjson');
    const writer = createRunWriter(file);
    writer.write({ run: header });
    expect(await readRun(file)).toEqual({ header, rows: [], samples: [], notes: [] });
    writer.write({ sample: sample(1) });
    writer.write({ note: { t: 1.5, source: 'postgres', text: 'no sample' } });
    const half = await readRun(file);
    expect([half.samples, half.notes.length, half.end]).toEqual([[sample(1)], 1, undefined]);
    writer.write({ end: { t: 2, exitCode: 0, thresholds: [] } });
    writer.close();
    writer.close();
    expect((await readRun(file)).end).toEqual({ t: 2, exitCode: 0, thresholds: [] });
  });

  it('that exists is kept, unless it is to be replaced', async () => {
    const file = path.join(folder, 'run.ndjson');
    const first = createRunWriter(file);
    first.write({ run: header });
    first.close();
    expect(() => createRunWriter(file)).toThrow(
      expect.objectContaining({
        code: 'OUTPUT',
        message: `${file} cannot be written: it exists already; give another name or remove it first`,
      }),
    );
    expect((await readRun(file)).header.id).toBe('r1');
    const second = createRunWriter(file, { replace: true });
    second.write({ run: { ...header, id: 'r2' } });
    second.close();
    expect((await readRun(file)).header.id).toBe('r2');
  });

  it('is refused where it cannot be made', () => {
    fs.writeFileSync(path.join(folder, 'file'), '');
    for (const file of [
      path.join(folder, 'file', 'run.ndjson'),
      path.join(folder, 'file', 'a', 'run.ndjson'),
    ]) {
      expect(() => createRunWriter(file)).toThrow(
        expect.objectContaining({
          code: 'OUTPUT',
          message: `${file} cannot be written: a part of its path is a file; give a file in a folder that may be written to`,
        }),
      );
    }
    expect(() => createRunWriter(folder, { replace: true })).toThrow(
      `${folder} cannot be written: it is a folder;`,
    );
  });

  it.skipIf(!fs.existsSync('/dev/full'))('says once that the disk is full', () => {
    const writer = createRunWriter('/dev/full', { replace: true });
    expect(() => writer.write({ run: header })).toThrow(
      expect.objectContaining({
        code: 'OUTPUT',
        message: '/dev/full holds the run only up to here: the disk is full',
      }),
    );
    writer.write({ sample: sample(1) });
    writer.close();
  });
});

describe('readRun', () => {
  it.each<[string, string | Buffer | undefined, string]>([
    ['missing', undefined, 'missing cannot be read: there is no such file; give the file of a run'],
    ['.', undefined, ' cannot be read: it is a folder; give the file of a run'],
    ['empty', '', 'empty is not a fxscale.run/1 run file: it is empty'],
    [
      'binary',
      Buffer.from([0, 255, 10, 1]),
      'binary:1 is not a fxscale.run/1 run file: this line is not JSON',
    ],
    ['plan', '{"schema":"fxscale.plan/1"}\n', 'plan is not a fxscale.run/1 run file: it is a fxscale.plan/1'],
    [
      'other',
      `${JSON.stringify({ run: { ...header, schema: 'fxscale.run/2' } })}\n`,
      'other:1 is not a fxscale.run/1 run file: run.schema:',
    ],
    [
      'half a histogram',
      [{ run: header }, { sample: { ...sample(1), histograms: { a: { bounds: [1], counts: [1] } } } }]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
      ':2 is not a fxscale.run/1 run file: sample.histograms.a: counts must be one more than bounds',
    ],
  ])('refuses a file that is %s', async (name, content, message) => {
    const file = path.join(folder, name);
    if (content !== undefined) fs.writeFileSync(file, content);
    const refused = await readRun(file).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'FILE', message: expect.stringContaining(message) });
    expect((refused as Error).message).not.toContain('\n');
  });
});

it('names a run by its time and its script', () => {
  const now = new Date('2026-11-22T16:40:05.123Z');
  expect(defaultRunPath(now, 'scenarios/trading.ts')).toBe(
    '.fxscale/runs/20261122T164005-123Z-trading.ndjson',
  );
  expect(defaultRunPath(now, '/tmp/a b:c.k6.js')).toBe('.fxscale/runs/20261122T164005-123Z-a-b-c-k6.ndjson');
  expect(defaultRunPath(now, '-')).toBe('.fxscale/runs/20261122T164005-123Z-run.ndjson');
});
