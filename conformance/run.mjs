import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compare } from './compare.mjs';
import { explained } from './differences.mjs';
import { engines, runOn } from './engines.mjs';
import { loadScripts } from './script.mjs';
import { startServer } from './server/listen.mjs';

/** Scripts that run at the same time. */
const PARALLEL = 3;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    keep: { type: 'boolean' },
    list: { type: 'boolean' },
    self: { type: 'boolean' },
  },
});
process.exitCode = await main(values);

/**
 * Runs every script on both engines and compares: 0 when they agree, 1 when not, 2 when k6 is not here. `self` runs
 * k6 twice instead: what differs then is no property of k6, and the script's header must say so.
 */
async function main({ only, keep, list, self }) {
  const scripts = loadScripts(only === undefined ? undefined : new RegExp(only));
  if (list) {
    for (const { name } of scripts) process.stdout.write(`${name}\n`);
    return 0;
  }
  const version = spawnSync(engines.k6[0], ['version'], { encoding: 'utf8' });
  if (version.status !== 0) {
    process.stderr.write(
      `conformance: \`${engines.k6[0]}\` is not installed; set K6_BIN, or run .ci/install-k6\n`,
    );
    return 2;
  }
  process.stdout.write(`${scripts.length} scripts on fxscale and ${version.stdout.split(' (')[0]}\n`);
  const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-conformance-'));
  const server = await startServer();
  try {
    const results = await runAll(scripts, { folder, env: server.env }, self === true ? 'again' : 'fxscale');
    return verdict(results, only === undefined && self !== true);
  } finally {
    server.close();
    if (keep) process.stdout.write(`kept: ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll(scripts, where, other) {
  const pending = [...scripts];
  const results = [];
  const worker = async () => {
    for (let script = pending.shift(); script !== undefined; script = pending.shift()) {
      const k6 = await runOn('k6', script, where);
      const fxscale = await runOn(other, script, where);
      for (const [name, { stdout, stderr }] of Object.entries({ k6, [other]: fxscale })) {
        writeFileSync(path.join(where.folder, `${script.name}.${name}`, 'stdout'), stdout);
        writeFileSync(path.join(where.folder, `${script.name}.${name}`, 'stderr'), stderr);
      }
      results.push({ script, differences: compare(script, k6, fxscale) });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return results.sort((a, b) => (a.script.name < b.script.name ? -1 : 1));
}

function verdict(results, whole) {
  const used = new Set();
  let [open, known] = [0, 0];
  for (const { script, differences } of results) {
    const left = differences.filter((difference) => {
      const entry = explained.find((one) => one.script.test(script.name) && one.difference.test(difference));
      if (entry !== undefined) used.add(entry);
      return entry === undefined;
    });
    open += left.length;
    known += differences.length - left.length;
    if (left.length > 0)
      process.stdout.write(`✗ ${script.name}\n${left.map((one) => `    ${one}\n`).join('')}`);
    else process.stdout.write(`✓ ${script.name}\n`);
  }
  const stale = whole ? explained.filter((entry) => !used.has(entry) && !entry.sometimes) : [];
  for (const { script, difference } of stale) {
    process.stdout.write(`✗ differences.mjs: ${script} ${difference} explains nothing any more\n`);
  }
  process.stdout.write(`${results.length} scripts, ${open} unexplained and ${known} explained differences\n`);
  return open + stale.length === 0 ? 0 : 1;
}
