import { compareLines } from './compare-lines.mjs';

/** Everything in which two runs of one script differ, one line each; empty when they are the same. */
export function compare(script, k6, fxscale) {
  const found = [];
  if (k6.code !== script.exit)
    found.push(`script: k6 ends with ${k6.code}, not ${script.exit} as its header says`);
  if (k6.code !== fxscale.code) found.push(`exit: k6 ${k6.code}, fxscale ${fxscale.code}`);
  found.push(...compareLines(script, k6, fxscale));
  found.push(...compareSeries(script, k6.series ?? new Map(), fxscale.series ?? new Map()));
  found.push(...compareExports(script, k6.exported, fxscale.exported));
  if (!script.stdoutFree) {
    found.push(...compareText('stdout', masked(k6.stdout, script), masked(fxscale.stdout, script)));
  }
  found.push(...compareFiles(k6.files, fxscale.files));
  return found;
}

/** Sampled once a second by whoever has the time: only their tags say something. */
const sampled = new Set(['vus', 'vus_max']);
const bytes = new Set(['data_sent', 'data_received']);

function compareSeries(script, k6, fxscale) {
  const found = [];
  const names = [...new Set([...k6.keys(), ...fxscale.keys()])].sort();
  for (const name of names) {
    const range = script.between.get(name) ?? rangeOfBytes(script, name);
    const sides = [k6.get(name), fxscale.get(name)];
    if (range !== undefined) {
      found.push(...outside(name, range, sides));
      continue;
    }
    if (sampled.has(name) && sides.includes(undefined)) continue;
    const [a, b] = sides;
    if (a === undefined || b === undefined) {
      found.push(`metric ${name}: only ${a === undefined ? 'fxscale' : 'k6'} has it`);
      continue;
    }
    found.push(...compareText(`definition of ${name}`, definition(a), definition(b)));
    found.push(...compareSets(name, a, b, script));
  }
  return found;
}

/** One sample comes with every iteration, and one with setup, teardown and each iteration that was cut off. */
function rangeOfBytes({ between }, name) {
  const [least, most] = (bytes.has(name) && between.get('iterations')) || [];
  return least === undefined ? undefined : [least, most + 4];
}

function outside(name, [least, most], sides) {
  return ['k6', 'fxscale'].flatMap((engine, index) => {
    const count = [...(sides[index]?.sets.values() ?? [])].reduce((sum, set) => sum + set.count, 0);
    return count >= least && count <= most
      ? []
      : [`metric ${name}: ${engine} has ${count} samples, not ${least} to ${most}`];
  });
}

function definition({ definition: data }) {
  if (data === undefined) return 'none';
  const submetrics = (data.submetrics ?? []).map(({ name }) => name).sort();
  return [data.type, data.contains, JSON.stringify(data.thresholds), ...submetrics].join('\n');
}

function compareSets(name, a, b, script) {
  const found = [];
  const isTime = a.definition?.contains === 'time';
  const ignoreSum = isTime || sampled.has(name) || (bytes.has(name) && script.bytesFree);
  for (const key of [...new Set([...a.sets.keys(), ...b.sets.keys()])].sort()) {
    const [one, other] = [a.sets.get(key), b.sets.get(key)];
    const where = `samples of ${name}{${key}}`;
    if (sampled.has(name) && one !== undefined && other !== undefined) continue;
    if (one?.count !== other?.count)
      found.push(`${where}: k6 ${one?.count ?? 0}, fxscale ${other?.count ?? 0}`);
    else if (!ignoreSum && Math.abs(one.sum - other.sum) > 1e-6) {
      found.push(`sum of ${name}{${key}}: k6 ${one.sum}, fxscale ${other.sum}`);
    }
  }
  return found;
}

/** Verdicts and checks as they are; of the other numbers only which there are. */
function compareExports(script, k6, fxscale) {
  if (k6 === undefined && fxscale === undefined) return [];
  if (k6 === undefined || fxscale === undefined) {
    return [`summary export: only ${k6 === undefined ? 'fxscale' : 'k6'} wrote one`];
  }
  const of = (one) => flat(one, '', script).replace(/(generated_at) .*/, '$1 then');
  return compareText('summary export', of(k6), of(fxscale));
}

const counted = new Set(['passes', 'fails', 'count', 'value']);

function flat(value, at, script) {
  if (typeof value !== 'object' || value === null) {
    const [, metric = ''] = /^\.metrics\.([^.{]+)/.exec(at) ?? [];
    const free = script.between.size > 0 || sampled.has(metric) || (bytes.has(metric) && script.bytesFree);
    const exact = typeof value !== 'number' || (counted.has(at.slice(at.lastIndexOf('.') + 1)) && !free);
    return `${at} ${exact ? JSON.stringify(value) : 'number'}`;
  }
  // What has names has no order in k6.
  if (Array.isArray(value) && value.every((one) => typeof one?.name === 'string')) {
    return flat(Object.fromEntries(value.map((one) => [one.name, one])), at, script);
  }
  const lines = Object.keys(value)
    .sort()
    .filter((key) => !(at === '.metrics' && sampled.has(key)))
    .map((key) => flat(value[key], `${at}.${key}`, script));
  return lines.length === 0 ? `${at} empty` : lines.join('\n');
}

/** The summary without the figures that time decides, and without the blanks and dots that depend on their width. */
function masked(stdout, script) {
  const all = script.between.size > 0;
  return stdout
    .split('\n')
    .map((line) => {
      // A busy machine is no difference between the engines.
      if (/^\s*(vus(_max)?\.*:|EXECUTION$|INVALID: the load generator)/.test(line)) return undefined;
      const timed = /avg=|\/s\b|[µm]?s$/.test(line) || all || (script.bytesFree && /data_/.test(line));
      const text = timed
        ? line.replace(/(=|: +|\s)[\d.]+(ns|µs|ms|s|m|h| [kMG]?B)?(\/s)?(?=\s|$)/g, '$1N')
        : line;
      return (
        text
          .replace(/\.{2,}:/g, ':')
          // fxscale's percentiles are within 0.1 % of k6's.
          .replace(
            /((?:p\([\d.]+\)|med)=)([\d.]+)(?=\s|$)/g,
            (_, name, value) => name + Number(value).toPrecision(3),
          )
          .replace(/([=:]\s*)(\d+m)?[\d.]+(ns|µs|ms|s)\b/g, '$1N')
          .replace(/\s+/g, ' ')
          .trim()
      );
    })
    .filter((line) => line !== undefined && line !== '')
    .join('\n');
}

function compareFiles(k6, fxscale) {
  const names = [...new Set([...Object.keys(k6), ...Object.keys(fxscale)])].sort();
  const of = (files, name) => (files[name] ?? '(none)').replace(/^time="[^"]*"/gm, 'time');
  return names.flatMap((name) => compareText(`file ${name}`, of(k6, name), of(fxscale, name)));
}

/** The first line in which two texts differ. */
export function compareText(what, k6, fxscale) {
  if (k6 === fxscale) return [];
  const [a, b] = [k6.split('\n'), fxscale.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  const line = at === -1 ? a.length : at;
  return [`${what}, line ${line + 1}: k6 ${shown(a[line])}, fxscale ${shown(b[line])}`];
}

function shown(line) {
  return line === undefined ? 'nothing' : JSON.stringify(line);
}
