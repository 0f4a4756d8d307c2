import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCollector } from '../../src/collect/open.ts';
import { openServer, queryRange } from '../../src/collect/prometheus-api.ts';
import { openPrometheusHistory } from '../../src/collect/prometheus-history.ts';
import { histogramQuantile } from '../../src/models/cumulative-histogram.ts';
import { parseRun } from '../../src/run.ts';
import { startPrometheus } from '../../tools/services/prometheus.mjs';
import { Folder, fxscale, serve } from '../cli/fxscale.ts';
import { missing } from '../requirements.ts';

const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, '../fixtures/collect', name));
const protobuf =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
/** What Prometheus scrapes: client_golang's page, and those of the exporters. */
const pages: [type: string, body: Buffer][] = [
  [protobuf, fixture('client_golang-1.25.0.pb')],
  ['text/plain; version=0.0.4', fixture('kubernetes-exporters.txt')],
  ['text/plain; version=0.0.4', fixture('node_exporter-1.12.1.txt')],
];

const LOGIN = 'fx:correct horse';
/** Of `LOGIN`; the least work that bcrypt allows. */
const USERS = 'basic_auth_users:\n  fx: $2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n';

describe.skipIf(missing('prometheus') !== undefined)('the history that Prometheus keeps', () => {
  const folder = new Folder();
  let exporters: Awaited<ReturnType<typeof serve>>[] = [];
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
  let address: string;
  const servers: ReturnType<typeof openServer>[] = [];
  const open = (url: string, environment = {}) => {
    const server = openServer(url, environment);
    servers.push(server);
    return server;
  };
  const latest = (promql: string) => queryRange(open(address), promql, new Date(), new Date(), 1);

  beforeAll(async () => {
    exporters = await Promise.all(
      pages.map(([type, body]) =>
        serve((_request, response) => response.setHeader('content-type', type).end(body)),
      ),
    );
    const own = path.join(folder.path, 'prometheus');
    mkdirSync(own);
    writeFileSync(path.join(own, 'web.yml'), USERS);
    prometheus = await startPrometheus({
      folder: own,
      targets: exporters.map(({ url }) => `${url}/metrics`),
      scrapeSeconds: 0.25,
      flags: [`--web.config.file=${path.join(own, 'web.yml')}`, '--enable-feature=native-histograms'],
      login: LOGIN,
    });
    address = prometheus.url.replace('http://', 'prometheus+http://fx:correct%20horse@');
    const scraped = async () => (await latest('sum(up)')).series[0]?.points[0]?.value;
    await vi.waitFor(async () => expect(await scraped()).toBe(pages.length), {
      timeout: 30_000,
      interval: 100,
    });
  }, 60_000);

  afterAll(async () => {
    for (const { client } of servers) client.close();
    for (const { close } of exporters) close();
    await prometheus?.stop();
    folder.remove();
  });

  it('is told in pages of at most 11,000 points, each point once', async () => {
    const [from, to] = [new Date(1_795_946_710_000), new Date(1_795_971_710_000)];
    const { series } = await queryRange(open(address), 'time()', from, to, 1);
    const expected = Array.from({ length: 25_001 }, (_, i) => ({ t: 1795946710 + i, value: 1795946710 + i }));
    expect(series.map(({ points }) => points)).toEqual([expected]);
    const tooMany = queryRange(open(address), 'time()', from, to, 1, { page: 12_000 });
    await expect(tooMany).rejects.toThrow(/^bad_data: exceeded maximum resolution of 11,000 points/);
  });

  it('keeps gaps as gaps, and has no numbers that are none', async () => {
    const [from, to] = [new Date(10_000), new Date(16_000)];
    const gap = 'vector(time()) < 12 or vector(time()) > 14';
    const { series } = await queryRange(open(address), gap, from, to, 1);
    expect(series.map(({ points }) => points.map(({ t }) => t))).toEqual([[10, 11, 15, 16]]);
    const division = await queryRange(
      open(address),
      'vector(0) / (time() - 12) / (time() - 13)',
      from,
      to,
      1,
    );
    expect(division.series[0]?.points.map(({ t }) => t)).toEqual([10, 11, 14, 15, 16]);
  });

  it('has native histograms with the quantiles that Prometheus finds', async () => {
    const find = async (promql: string) => (await latest(promql)).series[0];
    const native = (await find('both_bytes'))?.histograms[0]?.histogram;
    expect(native).toMatchObject({ bounds: [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] });
    for (const q of [0.01, 0.5, 0.9, 0.99]) {
      const theirs = (await find(`histogram_quantile(${q}, both_bytes)`))?.points[0]?.value;
      // Prometheus 2 has no logarithmic scale within a bucket yet.
      const own = histogramQuantile({ bounds: [], counts: [], ...native, exponential: false }, q);
      expect(own).toBeCloseTo(theirs ?? 0, 9);
    }
  });

  it('tells of containers and deployments, filtered by what the URL says', async () => {
    const source = await openCollector(
      `${address}?ready=kubernetes&namespace=fx&pod=fx-api-.*&deployment=fx-api`,
    );
    const { values } = await source.sample();
    const of = (name: string, labels = '') =>
      `${name}{container="api",${labels}namespace="fx",pod="fx-api-1"}`;
    const own = (id: string) => `id="/kubepods/pod1/${id}",`;
    const deployment = (name: string) => `kube_deployment_${name}{deployment="fx-api",namespace="fx"}`;
    expect(values).toEqual({
      [of('container_cpu_usage_seconds_total', own('a1'))]: 120.5,
      [of('container_cpu_usage_seconds_total', own('a2'))]: 3.25,
      'container_cpu_usage_seconds_total{container="proxy",id="/kubepods/pod1/p",namespace="fx",pod="fx-api-1"}': 8,
      [of('container_cpu_cfs_periods_total', own('a2'))]: 600,
      [of('container_cpu_cfs_throttled_periods_total', own('a2'))]: 20,
      [of('container_cpu_cfs_throttled_seconds_total', own('a2'))]: 1.5,
      [of('container_memory_working_set_bytes')]: 1.5e8,
      [of('kube_pod_container_request_cores')]: 0.5,
      [of('kube_pod_container_request_bytes')]: 268435456,
      [of('kube_pod_container_limit_cores')]: 1,
      [of('kube_pod_container_limit_bytes')]: 536870912,
      [of('kube_pod_container_status_restarts_total')]: 1,
      [deployment('spec_replicas')]: 3,
      [deployment('status_replicas')]: 3,
      [deployment('status_replicas_available')]: 2,
    });
    await source.close();
  });

  it('tells of disks', async () => {
    const source = openPrometheusHistory(`${address}?ready=node&instance=127.0.0.1:.*`, {});
    const { values } = await source.sample();
    const instance = new URL(exporters[2]?.url ?? '').host;
    expect(Object.keys(values)).toHaveLength(8);
    expect(values[`node_disk_written_bytes_total{device="vda",instance="${instance}"}`]).toBe(16158257152);
    expect(values[`node_disk_read_time_seconds_total{device="vda",instance="${instance}"}`]).toBe(122.785);
    await source.close();
  });

  it('keeps to its quotation marks whatever a filter holds', async () => {
    const ask = async (filter: string) => {
      const query = `?ready=node&device=${encodeURIComponent(filter)}&query=fine:vector(2)`;
      const source = openPrometheusHistory(`${address}${query}`, {});
      const { values } = await source.sample();
      await source.close();
      return [values, source.remarks?.()[0]];
    };
    expect(await ask('"} or vector(1) or x{y="\\\n')).toEqual([{ fine: 2 }, undefined]);
    const reason = /^node_disk_reads_completed_total is missing: bad_data: .*error parsing regexp: missing/;
    expect(await ask('vd(')).toEqual([{ fine: 2 }, expect.stringMatching(reason)]);
  });

  it('says what is wrong with a password, and reads with a token through a proxy that wants one', async () => {
    const now = new Date();
    const wrong = open(address.replace('horse', 'cow'));
    await expect(queryRange(wrong, 'up', now, now, 1)).rejects.toThrow(
      'it answered 401 Unauthorized: check the user and password, or the bearer token',
    );
    const proxy = await serve((request, response) => {
      if (request.headers.authorization !== 'Bearer s3cret') return response.writeHead(403).end();
      const headers = { authorization: `Basic ${Buffer.from(LOGIN).toString('base64')}` };
      return http.get(`${prometheus.url}${request.url?.replace('/prom', '')}`, { headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
    });
    const through = proxy.url.replace('http', 'prometheus+http');
    const ask = (token: string) =>
      queryRange(open(`${through}/prom?token_env=T`, { T: token }), 'vector(3)', now, now, 1);
    expect((await ask('s3cret')).series[0]?.points[0]?.value).toBe(3);
    await expect(ask('guessed')).rejects.toThrow('it answered 403 Forbidden');
    proxy.close();
  });

  it('is in the run file with its own times, and what is wrong in the notes', async () => {
    const script = folder.write(
      'script.js',
      "import { sleep } from 'k6';\nexport const options = { duration: '1s' };\nexport default () => sleep(0.1);\n",
    );
    const questions = [
      'step=1s',
      'query=clock:time()',
      'query=size:both_bytes',
      'query=nothing:no_such_metric',
      'query=odd:sum(',
    ];
    const wrong = `${address.replace('horse', 'cow').replace('127.0.0.1', 'localhost')}?query=x:up`;
    const run = path.join(folder.path, 'run.ndjson');
    const collect = ['--collect', `${address}?${questions.join('&')}`, '--collect', wrong];
    const { code, stderr } = await fxscale(['run', script, '--save', run, ...collect]);
    const text = readFileSync(run, 'utf8');
    const { header, samples, notes, end } = parseRun(text, run);
    const { port } = prometheus;
    const source = `prometheus-api/127.0.0.1:${port}`;
    expect([code, header.sources[0]]).toEqual([
      0,
      { source, url: `prometheus+http://fx:***@127.0.0.1:${port}/` },
    ]);
    const zero = Date.parse(header.startedAt) / 1000;
    expect(samples.slice(0, 2).map(({ t }) => t)).toEqual([0, 1]);
    for (const { t, values } of samples) expect(values.clock).toBeCloseTo(zero + t, 2);
    const instance = `{instance="${new URL(exporters[0]?.url ?? '').host}",job="platform"}`;
    expect(samples[0]?.values[`size_count${instance}`]).toBe(1000);
    // It did not change: the first sample has it, and no other.
    const sizes = samples.map(({ histograms }) => histograms?.[`size${instance}`]?.counts.at(-1));
    expect(sizes).toEqual([1000, ...samples.slice(1).map(() => undefined)]);
    expect(end?.exitCode).toBe(0);
    const denied = `prometheus-api/localhost:${port}: no history: it answered 401 Unauthorized: check the user and password, or the bearer token`;
    const said = [
      `${source}: nothing has no series`,
      `${source}: odd is missing: bad_data: 1:5: parse error: unclosed left parenthesis`,
      // At the start and at the end.
      denied,
      denied,
    ];
    expect(notes.map((note) => `${note.source}: ${note.text}`).sort()).toEqual(said);
    for (const each of said) expect(stderr).toContain(each);
    expect(text + stderr).not.toMatch(/horse|cow/);
  });

  it('is there again after a restart', async () => {
    const source = openPrometheusHistory(`${address}?query=fine:vector(2)`, {});
    expect((await source.sample()).values).toEqual({ fine: 2 });
    await prometheus.kill();
    await expect(source.sample()).rejects.toThrow(/ECONNREFUSED/);
    await prometheus.restart();
    expect((await source.sample()).values).toEqual({ fine: 2 });
    await source.close();
  });
});

it.each([
  [-60, [expect.stringMatching(/^its clock is (59|60|61|62) s behind this machine's/)]],
  [0, []],
])('tells once of a server whose clock is %i s ahead', async (seconds, remarks) => {
  const empty = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [] } });
  const server = await serve((_request, response) => {
    response.setHeader('date', new Date(Date.now() + seconds * 1000).toUTCString()).end(empty);
  });
  const source = openPrometheusHistory(`prometheus+${server.url}?query=x:up`, {});
  await source.sample();
  await source.sample();
  expect(source.remarks?.()).toEqual(remarks);
  await source.close();
  server.close();
});

describe('the URL of a history', () => {
  it.each([
    ['?ready=nodes', 'it knows no set nodes; ready is kubernetes or node'],
    ['?ready=node&pod=x', 'it knows no parameter pod; with these it knows query=NAME:PROMQL, ready=SET'],
    ['?instance=x&query=a:b', 'it knows no parameter instance; with these'],
    ['', 'it asks for nothing; add ready=kubernetes, ready=node or query=NAME:PROMQL'],
    ['?query=up', 'a query has no name; write for example query=orders_per_second:sum('],
    ['?query=a:up&step=0.5s', 'step=0.5s is too short; write 1s or longer'],
    ['?query=a:up&step=fast', '"fast"'],
  ])('%s is refused', async (query, message) => {
    await expect(openCollector(`prometheus+http://u:secret@h:9090${query}`)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message),
    });
  });
});
