// npm run services [up|down|status]: Redis, Kafka, Prometheus and k6 for the platform, its tests and its benches.
import { parseArgs } from 'node:util';
import { names as known } from './services/catalogue.mjs';
import { hasEngine } from './services/compose.mjs';
import { down } from './services/down.mjs';
import { alone, readRecord } from './services/record.mjs';
import { status } from './services/status.mjs';
import { install, up } from './services/up.mjs';

const usage = `usage: npm run services -- [up|down|status|install] [--only NAME,...] [--grafana] [--native] [--json]

  up        install what is missing, start what does not run (the default)
  down      stop everything and delete its data; what was installed stays
  status    what is up, where, since when, and whether it answers
  install   install what is missing for running them as processes, start nothing

  --only    of ${known.join(', ')} only these
  --grafana Grafana too
  --native  processes, even where a Docker engine answers
  --json    the result as JSON on stdout

exit code 0 everything asked for is there, 2 wrong usage, 4 something is not (the reason is on stderr)
`;

const options = {
  only: { type: 'string' },
  grafana: { type: 'boolean', default: false },
  native: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

class Misuse extends Error {}

function parseWords() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch ({ message }) {
    throw new Misuse(message);
  }
}

function parse() {
  const { values, positionals } = parseWords();
  const [verb = 'up', ...rest] = positionals;
  if (!Object.hasOwn(verbs, verb) || rest.length > 0)
    throw new Misuse(`\`${positionals.join(' ')}\` is not one of ${Object.keys(verbs).join(', ')}`);
  const only = values.only?.split(',');
  const strange = only?.find((name) => !known.includes(name));
  if (strange !== undefined) throw new Misuse(`--only \`${strange}\` is not one of ${known.join(', ')}`);
  const asked = only ?? known.filter((name) => name !== 'grafana');
  return { ...values, verb, only, asked: values.grafana ? [...asked, 'grafana'] : asked };
}

const say = (text) => process.stderr.write(`${text}\n`);

const tell = (name, { state, missing }) => say(`${name.padEnd(12)}${state ?? `missing: ${missing}`}`);

const place = ({ url, brokers, path }) => url ?? brokers ?? path;

function describe(name, entry) {
  if (entry.path) return `${name.padEnd(12)}${entry.path}`;
  const process = entry.container ? 'container' : `pid ${entry.pid}`;
  const answers = entry.answers ? 'answers' : 'does not answer';
  return `${name.padEnd(12)}${place(entry).padEnd(28)}${process.padEnd(14)}since ${entry.since}  ${answers}`;
}

/** Lines for a shell: `eval "$(npm run --silent services)"` sets the variables that the platform reads. */
function nextSteps({ redis, kafka, prometheus, grafana }) {
  const lines = [];
  if (redis) lines.push(`export REDIS_URL=${redis.url}`);
  if (kafka) lines.push(`export KAFKA_BROKERS=${kafka.brokers}`);
  if (prometheus)
    lines.push(
      `# Prometheus: ${prometheus.url}, scrapes what .fxscale/services/prometheus/targets/*.json name`,
    );
  if (grafana) lines.push(`# Grafana: ${grafana.url}`);
  return lines;
}

const print = (text) => process.stdout.write(`${text}\n`);

const complete = (outcomes) => Object.values(outcomes).every(({ missing }) => missing === undefined);

async function bring({ asked, native, json }) {
  // Grafana has nothing to show without Prometheus.
  const wanted = asked.includes('grafana') ? [...asked, 'prometheus'] : asked;
  const ordered = known.filter((name) => wanted.includes(name));
  const outcomes = await alone(() => up(ordered, !native && hasEngine(), tell));
  const found = Object.fromEntries(Object.entries(readRecord()).filter(([name]) => outcomes[name]?.state));
  if (json) print(JSON.stringify({ ...outcomes, ...found }));
  else for (const line of nextSteps(found)) print(line);
  return complete(outcomes);
}

async function put({ asked, json }) {
  const outcomes = await alone(() => install(asked, tell));
  if (json) print(JSON.stringify(outcomes));
  return complete(outcomes);
}

async function takeDown({ only = known, json }) {
  const outcomes = await alone(() => down(only, tell));
  if (json) print(JSON.stringify(outcomes));
  else if (Object.keys(outcomes).length === 0) say('nothing is up');
  return complete(outcomes);
}

async function show({ only = known, json }) {
  const found = await status(only);
  const entries = Object.entries(found);
  if (json) print(JSON.stringify(found));
  else if (entries.length === 0) say('nothing is up; `npm run services` starts it');
  else for (const [name, entry] of entries) print(describe(name, entry));
  return entries.length > 0 && entries.every(([, { answers }]) => answers);
}

const verbs = { up: bring, down: takeDown, status: show, install: put };

// An exit, unlike a signal's default, lets what was begun be undone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

try {
  const asked = parse();
  if (asked.help) print(usage);
  else process.exitCode = (await verbs[asked.verb](asked)) ? 0 : 4;
} catch (error) {
  say(`fxscale: ${error.message}`);
  process.exitCode = error instanceof Misuse ? 2 : 4;
}
