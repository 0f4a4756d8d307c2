import { expect, it } from 'vitest';
import { randomScript } from './random-script.ts';
import { runBlocking, runRewritten } from './script-runs.ts';

/** An error's text quotes the code that failed, which the rewrite changes. */
const errorsByName = (trace: string[]) =>
  trace.map((line) => line.replace(/^(default throws \w+):.*/s, '$1'));

const first = Number(process.env.FXSCALE_SEED ?? 1);
const count = Number(process.env.FXSCALE_SCRIPTS ?? 60);

it(`does what k6 would for random scripts, seeds ${first} to ${first + count - 1}`, async () => {
  let operations = 0;
  for (let seed = first; seed < first + count; seed++) {
    const script = randomScript(seed);
    const wanted = await runBlocking(script);
    expect(errorsByName(await runRewritten(script)), `seed ${seed}:\n${script}`).toEqual(
      errorsByName(wanted),
    );
    operations += wanted.filter((line) => line.startsWith('begin')).length;
  }
  expect(operations).toBeGreaterThan(count);
}, 600_000);
