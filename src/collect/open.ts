import { FxscaleError } from '../errors.ts';
import type { Collector } from './collector.ts';

type Opener = (url: string) => Collector | Promise<Collector>;

const openPage: Opener = async (url) => (await import('./prometheus.ts')).openPrometheus(url);
const openDatabase: Opener = async (url) => (await import('./postgres.ts')).openPostgres(url);
const openHistory: Opener = async (url) =>
  (await import('./prometheus-history.ts')).openPrometheusHistory(url, process.env);
const openCache: Opener = async (url) => (await import('./redis.ts')).openRedis(url);
const openBroker: Opener = async (url) => (await import('./kafka.ts')).openKafka(url);

/** By the scheme of the URL. A client is loaded when there is something for it to read: a run without waits for none. */
const openers: Readonly<Record<string, Opener>> = {
  http: openPage,
  https: openPage,
  'prometheus+http': openHistory,
  'prometheus+https': openHistory,
  postgres: openDatabase,
  postgresql: openDatabase,
  redis: openCache,
  rediss: openCache,
  kafka: openBroker,
  'kafka+ssl': openBroker,
  pid: async (url) => (await import('./process.ts')).openProcess(url),
};

const SUPPORTED =
  'http://host:port/metrics, prometheus+http://host:port?ready=kubernetes, postgres://user@host:port/database, redis://host:port, kafka://host:port and pid:N=name';

/**
 * The collector for one `--collect` URL. Nothing is connected yet: a system that is not there is noted by the
 * sampler and tried again every second. Throws USAGE when fxscale cannot collect from such a URL.
 */
export async function openCollector(url: string): Promise<Collector> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  if (Object.hasOwn(openers, scheme)) return (openers[scheme] as Opener)(url);
  const what = scheme === '' ? 'a URL without a scheme' : `the unknown scheme ${scheme}:`;
  throw new FxscaleError('USAGE', `--collect was given ${what}: use ${SUPPORTED}`);
}
