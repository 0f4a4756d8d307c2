import { lookup } from 'node:dns/promises';
import { type Collector, parseSourceUrl, type Reading, withoutCredentials } from './collector.ts';
import { parseExposition } from './exposition.ts';
import { type Answer, openHttp } from './http.ts';

/** Longer than the sampler waits for one sample, so that a stalled connection is dropped and not waited for again. */
const ANSWER_WITHIN = 5000;
const PROTOBUF = 'application/vnd.google.protobuf';
/**
 * As Prometheus asks when it keeps native histograms, which are on no page of text: a client that has them answers in
 * the protobuf format, and so does every client in Go, for which that is less work than text.
 */
const FORMATS = [
  `${PROTOBUF};proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6`,
  'application/openmetrics-text;version=1.0.0;q=0.5',
  'text/plain;version=0.0.4;q=0.4',
  '*/*;q=0.1',
].join(', ');

/**
 * Reads a page of metrics in the Prometheus text format, OpenMetrics or protobuf. `address` is its `http:` or `https:`
 * URL; a user and password in it are sent as basic authentication. Each replica has a page of its own. Throws USAGE
 * when the address is not a URL.
 */
export function openPrometheus(address: string, addressesOf = everyAddress): Collector {
  const url = parseSourceUrl(address, 'http://127.0.0.1:8080/metrics');
  // One connection, kept: the page is asked for every second.
  const client = openHttp(url, 1);
  const remarks: string[] = [];
  let checked: Promise<void> | undefined;
  const checkReplicas = async () => {
    const families = (await addressesOf(url.hostname)).map(({ family }) => family);
    // A name may well have an address of each of the two families.
    const count = Math.max(...[4, 6].map((each) => families.filter((family) => family === each).length));
    if (count > 1) {
      remarks.push(
        `its name has ${count} addresses, and one is read: give each replica a --collect of its own`,
      );
    }
  };
  return {
    source: `prometheus/${url.host}${url.pathname === '/metrics' ? '' : url.pathname}`,
    url: withoutCredentials(url),
    async sample() {
      const signal = AbortSignal.timeout(ANSWER_WITHIN);
      // What is wrong with the name is told by the request.
      checked ??= checkReplicas().catch(() => undefined);
      await checked;
      const answer = await client.get(`${url.pathname}${url.search}`, FORMATS, signal);
      if (answer.status !== 200) throw new Error(`it answered ${answer.status} ${answer.reason}`);
      try {
        return await parsePage(answer);
      } catch (cause) {
        throw new Error(`the answer is not a Prometheus page: ${(cause as Error).message}`, { cause });
      }
    },
    remarks: () => remarks.splice(0),
    async close() {
      client.close();
    },
  };
}

function everyAddress(hostname: string): Promise<{ family: number }[]> {
  return lookup(hostname.replace(/^\[(.*)\]$/, '$1'), { all: true });
}

async function parsePage({ headers, body }: Answer): Promise<Reading> {
  const type = headers['content-type'] ?? '';
  if (type.startsWith(PROTOBUF)) {
    return (await import('./exposition-protobuf.ts')).parseProtobufExposition(body);
  }
  const isOpenMetrics = type.startsWith('application/openmetrics-text');
  return parseExposition(body.toString('utf8'), isOpenMetrics ? 'OpenMetrics' : 'text');
}
