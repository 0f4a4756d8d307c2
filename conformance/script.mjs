import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const scriptFolder = path.join(import.meta.dirname, 'scripts');

/**
 * The scripts, in the order of their names, each with what the comments at its top say of it:
 *
 *     // @exit 99                    the exit code that k6 is known to give it (0 if not said)
 *     // @flags --vus 2              more flags for both engines; {NAME} stands for an address of the server
 *     // @env NAME=value             a variable of the environment of both engines
 *     // @lines unordered            several VUs print, and nobody knows who comes first
 *     // @lines by vu               lines begin with "vuN"; their order holds within one VU only
 *     // @between 9 11 iterations    each named metric has so many samples in both, and nothing else is said of it
 *     // @some http_reqs             there are samples in both, or in neither
 *     // @bytes free                 data_sent and data_received are counted, but their sums depend on time or TLS
 *     // @stdout free                what is printed to stdout depends on time
 *     // @twice                      slow: counts as two of those that run at once
 */
export function loadScripts(pattern) {
  return readdirSync(scriptFolder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && (pattern === undefined || pattern.test(entry.name)))
    .map(({ name }) => readScript(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readScript(name) {
  const file = path.join(scriptFolder, name);
  const script = {
    name,
    file,
    exit: 0,
    flags: [],
    env: {},
    lines: 'in order',
    between: new Map(),
    bytesFree: false,
    stdoutFree: false,
  };
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const directive = /^\/\/ @(\w+)\s*(.*)$/.exec(line);
    if (directive !== null) apply(script, directive[1], directive[2].trim());
    else if (!line.startsWith('//')) break;
  }
  return script;
}

function apply(script, name, value) {
  const words = value.split(/\s+/);
  if (name === 'exit') script.exit = Number(value);
  else if (name === 'flags') script.flags.push(...words);
  else if (name === 'env')
    script.env[value.slice(0, value.indexOf('='))] = value.slice(value.indexOf('=') + 1);
  else if (name === 'lines') script.lines = value;
  else if (name === 'between') {
    const [least, most, ...metrics] = words;
    for (const metric of metrics) script.between.set(metric, [Number(least), Number(most)]);
  } else if (name === 'some')
    for (const metric of words) script.between.set(metric, [1, Number.POSITIVE_INFINITY]);
  else if (name === 'bytes') script.bytesFree = true;
  else if (name === 'stdout') script.stdoutFree = true;
  else throw new Error(`${script.name}: no directive @${name}`);
}
