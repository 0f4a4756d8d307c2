import { expect, it } from 'vitest';
import { randomScript } from './random-script.ts';
import { runBlocking, runRewritten } from './script-runs.ts';

/** An error's text quotes the code that failed, which the rewrite changes. */
const errorsByName = (trace: string[]) =>
  trace.map((line) => line.replace(/^(default throws \w+):.*/s, '$1'));

const first = Number(process.env.FXSCALE_SEED ?? 1);
const count = Number(process.env.FXSCALE_PROGRAMS ?? 60);

/** What one program does first that the other does not. */
function difference(wanted: string[], got: string[]): string | undefined {
  const at = Array.from(wanted.length > got.length ? wanted : got).findIndex((_, i) => wanted[i] !== got[i]);
  return at < 0
    ? undefined
    : `step ${at}: ${JSON.stringify(got[at])} instead of ${JSON.stringify(wanted[at])}`;
}

it(`does what k6 would for random scripts, seeds ${first} to ${first + count - 1}`, async () => {
  const different: string[] = [];
  let operations = 0;
  for (let seed = first; seed < first + count; seed++) {
    const files = randomScript(seed);
    const wanted = errorsByName(await runBlocking(files));
    const got = errorsByName(await runRewritten(files));
    const found = difference(wanted, got);
    if (found !== undefined) different.push(`seed ${seed}, ${found}`);
    operations += wanted.filter((line) => line.startsWith('begin')).length;
  }
  expect(different).toEqual([]);
  expect(operations).toBeGreaterThan(count);
}, 7_200_000);
