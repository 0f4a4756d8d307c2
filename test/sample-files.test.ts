import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { FxscaleError } from '../src/errors.ts';
import { SampleFile } from '../src/sample-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-samples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const chunk = (text: string) => ({ text: new TextEncoder().encode(text) });
const to = (name: string) => ({ format: 'json', path: path.join(folder, name), time: 'unix' }) as const;
const never = (error: FxscaleError) => {
  throw error;
};

describe('a file of samples', () => {
  it.each(['plain.json', 'packed.json.gz'])(
    'has every line once, and each definition once: %s',
    async (name) => {
      const file = new SampleFile(to(name), never, 'header\n');
      let written = 0;
      for (let i = 0; i < 1000; i++) {
        file.write({ ...chunk('definition\n'), definition: 'm' }, () => written++);
        file.write(chunk(`line ${i}\n`), () => written++);
      }
      await file.close();
      const bytes = readFileSync(to(name).path);
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
      const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('');
      expect(text).toBe(`header\ndefinition\n${lines}`);
      expect(written).toBe(2000);
    },
  );

  it.each(['no-folder/x.json', '.'])('that cannot be opened is refused in one line: %s', (name) => {
    expect(() => new SampleFile(to(name), never)).toThrow(
      expect.objectContaining({
        code: 'OUTPUT',
        message: expect.stringMatching(/cannot be written: .*; give/),
      }),
    );
  });

  it.runIf(existsSync('/dev/full'))(
    'on a full disk is told of once, and what follows is given up',
    async () => {
      const errors: FxscaleError[] = [];
      const file = new SampleFile({ format: 'json', path: '/dev/full', time: 'unix' }, (error) =>
        errors.push(error),
      );
      let written = 0;
      for (let i = 0; i < 10; i++) file.write(chunk('line\n'), () => written++);
      await file.close();
      file.write(chunk('line\n'), () => written++);
      expect(errors.map(({ code }) => code)).toEqual(['OUTPUT']);
      expect(errors[0]?.message).toMatch(/ENOSPC/);
      expect(written).toBe(11);
    },
  );
});
