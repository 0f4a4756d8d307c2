// Prometheus as a process on 127.0.0.1, scraping what the files in its folder `targets` name.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, revivable } from './child.mjs';
import { answersOk, freePorts } from './network.mjs';

const shipped = dirname(fileURLToPath(import.meta.url));

/** What every Prometheus here is told beside its address and folders. */
export const prometheusFlags = ['--storage.tsdb.retention.time=15d', '--log.level=warn'];

export const prometheusAnswers = (port, login) =>
  answersOk(port, '/-/ready', login && { authorization: `Basic ${Buffer.from(login).toString('base64')}` });

/** URLs of metrics in the form of Prometheus' file discovery. */
export function targetGroups(urls) {
  return urls.map((text) => {
    const { protocol, host, pathname } = new URL(text);
    return { targets: [host], labels: { __scheme__: protocol.slice(0, -1), __metrics_path__: pathname } };
  });
}

/** Puts the configuration that ships into `folder`; targets that are there already stay. */
function configure(folder, { targets, scrapeSeconds }) {
  mkdirSync(folder, { recursive: true });
  const text = readFileSync(join(shipped, 'prometheus.yml'), 'utf8');
  const changed = scrapeSeconds ? text.replaceAll(/(_interval): 5s/g, `$1: ${scrapeSeconds * 1000}ms`) : text;
  writeFileSync(join(folder, 'prometheus.yml'), changed);
  const files = join(folder, 'targets');
  if (existsSync(files)) return;
  if (!targets) return cpSync(join(shipped, 'targets'), files, { recursive: true });
  mkdirSync(files);
  writeFileSync(join(files, 'given.json'), JSON.stringify(targetGroups(targets)));
}

/**
 * How to launch Prometheus at `port` with its configuration and data in `folder`, which this prepares. `login` is the
 * user and password, `user:password`, that it asks for when `flags` make it.
 */
export function prometheusService(place) {
  const { folder, port, targets, scrapeSeconds, flags = [], login, detached = false } = place;
  const own = resolve(folder);
  configure(own, { targets, scrapeSeconds });
  return {
    name: 'Prometheus',
    port,
    command: 'prometheus',
    args: [
      `--config.file=${join(own, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(own, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...prometheusFlags,
      ...flags,
    ],
    log: join(own, 'prometheus.log'),
    answers: () => prometheusAnswers(port, login),
    detached,
  };
}

/** A Prometheus of one's own that scrapes the URLs in `targets`; it dies with this process. */
export async function startPrometheus({ port, ...place }) {
  const [free] = port ? [port] : await freePorts(1);
  const service = prometheusService({ ...place, port: free, detached: false });
  return revivable(() => launch(service), { url: `http://127.0.0.1:${free}`, port: free });
}
