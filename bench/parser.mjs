// Does the response parser read what Node's own reads? A million random, mutated responses, cut at random, compared
// in status, headers and body; where Go, and so k6, differs from Node, with Go's answer (test/load/parser-differences.ts
// names each such form). Usage: npm run bench:parser [-- --cases 1000000 --seed 1]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const cases = Number(values.cases);
/** A case takes about a millisecond; one that takes this long never ends. */
const HANG_MS = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'fxscale-bench-'));
const tests = join(import.meta.dirname, '..', 'test', 'load');
const { outputFiles } = await build({
  stdin: {
    contents: `export * from './parser-cases.ts'; export * from './parser-differences.ts';`,
    resolveDir: tests,
  },
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
});
const bundle = join(folder, 'parser.mjs');
writeFileSync(bundle, outputFiles[0].text);
const { CaseMaker, compare } = await import(pathToFileURL(bundle));
rmSync(folder, { recursive: true, force: true });

const maker = new CaseMaker(Number(values.seed));
const tally = { same: 0, 'as Go': 0, different: 0, hung: 0 };
const started = performance.now();
let peak = 0;
let deadline;
let hung;
for (let i = 0; i < cases; i++) {
  const given = maker.next();
  // One timer for many cases: a timer each would cost more than the case.
  if (i % 100 === 0) {
    clearTimeout(deadline);
    hung = new Promise((resolve) => {
      deadline = setTimeout(resolve, HANG_MS, 'hung');
    });
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  const verdict = await Promise.race([compare(given), hung]);
  if (typeof verdict === 'string') tally[verdict]++;
  else {
    tally.different++;
    if (tally.different <= 5)
      process.stdout.write(`case ${i}: ${JSON.stringify({ ...given, ...verdict })}\n`);
  }
  if (verdict === 'hung') process.stdout.write(`case ${i} hung: ${JSON.stringify(given)}\n`);
}
clearTimeout(deadline);
const seconds = (performance.now() - started) / 1000;
process.stdout.write(
  `${cases} responses in ${seconds.toFixed(0)} s (seed ${values.seed}): ${tally.same} as Node, ${tally['as Go']} as Go on purpose, ` +
    `${tally.different} different, ${tally.hung} hung; at most ${(peak / 2 ** 20).toFixed(0)} MiB resident\n`,
);
process.exitCode = tally.different + tally.hung > 0 ? 1 : 0;
