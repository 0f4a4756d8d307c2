import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { Counter, Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { openPrometheus } from '../../src/collect/prometheus.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(handler: http.RequestListener, port = 0) {
  const server = http.createServer(handler);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  closing.push(stop);
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${bound}/metrics`, port: bound, sockets, stop };
}

function open(url: string) {
  const collector = openPrometheus(url);
  closing.push(() => collector.close());
  return collector;
}

const recorded = readFileSync(path.join(import.meta.dirname, '../fixtures/collect/client_golang-1.25.0.pb'));
const protobuf =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

const page: http.RequestListener = (_request, response) => response.end('up 1\n');

it('reads a prom-client registry over one connection, and ends it on close', async () => {
  const registry = new Registry();
  const counter = new Counter({
    name: 'orders_total',
    help: 'h',
    labelNames: ['class'],
    registers: [registry],
  });
  const { url, sockets } = await serve(async (_request, response) => {
    counter.inc({ class: 'quote' }, 3);
    response.setHeader('content-type', registry.contentType);
    response.end(await registry.metrics());
  });
  const collector = open(url);
  expect((await collector.sample()).values).toEqual({ 'orders_total{class="quote"}': 3 });
  expect((await collector.sample()).values).toEqual({ 'orders_total{class="quote"}': 6 });
  expect(sockets.size).toBe(1);
  const ended = Promise.all([...sockets].map((socket) => once(socket, 'close')));
  await collector.close();
  await ended;
});

it('reads a page in protobuf, native histograms with it', async () => {
  const { url } = await serve((_request, response) =>
    response.setHeader('content-type', protobuf).end(recorded),
  );
  const { values, histograms } = await open(url).sample();
  expect(values.in_flight).toBe(-1.5);
  expect(histograms?.both_bytes?.exponential).toBe(true);
});

it.each([
  [
    'tells of a name with several addresses that one is read',
    [4, 6, 4, 4],
    [expect.stringMatching(/ 3 addresses/)],
  ],
  ['says nothing of a name with one of each family', [6, 4], []],
])('%s', async (_what, families, remarks) => {
  const { url } = await serve(page);
  const collector = openPrometheus(url, async () => families.map((family) => ({ family })));
  closing.push(() => collector.close());
  await collector.sample();
  expect(collector.remarks?.()).toEqual(remarks);
  await collector.sample();
  expect(collector.remarks?.()).toEqual([]);
});

it('sends path, query, credentials, and the format it reads', async () => {
  const seen: unknown[] = [];
  const { port } = await serve((request, response) => {
    seen.push(request.url, request.headers.authorization, request.headers.accept);
    response.end('up 1\n');
  });
  await open(`http://me:p%40ss@127.0.0.1:${port}/a/b?x=1`).sample();
  const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
  expect(seen.slice(0, 2)).toEqual(['/a/b?x=1', basic]);
  // In this order: only the first has native histograms, only the second shows that it is complete.
  expect(String(seen[2]).match(/[a-z]+\/[a-z.-]+|q=[0-9.]+/g)).toEqual([
    ...['application/vnd.google.protobuf', 'q=0.6'],
    ...['application/openmetrics-text', 'q=0.5'],
    ...['text/plain', 'q=0.4'],
    'q=0.1',
  ]);
});

it.each<[string, http.RequestListener, string]>([
  ['404', (_, response) => response.writeHead(404).end('up 1\n'), 'it answered 404 Not Found'],
  ['503', (_, response) => response.writeHead(503).end(), 'it answered 503 Service Unavailable'],
  ['a redirect', (_, response) => response.writeHead(302, { location: '/' }).end(), 'it answered 302 Found'],
  [
    'a web page',
    (_, response) => response.end('<html>\n'),
    'the answer is not a Prometheus page: line 1 is not a sample: "<html>"',
  ],
  [
    'half a page of OpenMetrics',
    (_, response) =>
      response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0').end('up 1\n'),
    'the answer is not a Prometheus page: it was cut short: it does not end with # EOF',
  ],
  [
    'half a page of protobuf',
    (_, response) => response.setHeader('content-type', protobuf).end(recorded.subarray(0, -1)),
    'the answer is not a Prometheus page: index out of range',
  ],
  [
    'text that says it is protobuf',
    (_, response) => response.setHeader('content-type', protobuf).end('up 1\n'),
    'the answer is not a Prometheus page: ',
  ],
  ['a closed connection', (request) => request.socket.destroy(), 'socket hang up'],
  [
    'half a page',
    (request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('up 1\n', () => request.socket.destroy());
    },
    'aborted',
  ],
])('rejects for %s', async (_what, handler, message) => {
  const { url } = await serve(handler);
  await expect(open(url).sample()).rejects.toThrow(message);
});

it('fails while the server is away and reads it when it is back', async () => {
  const first = await serve(page);
  const collector = open(first.url);
  expect((await collector.sample()).values).toEqual({ up: 1 });
  await first.stop();
  await expect(collector.sample()).rejects.toThrow(`connect ECONNREFUSED 127.0.0.1:${first.port}`);
  await serve(page, first.port);
  expect((await collector.sample()).values).toEqual({ up: 1 });
});

it('gives a page up that never ends', async () => {
  const megabyte = `${`up{a="${'x'.repeat(990)}"} 1`.padEnd(1023)}\n`.repeat(1024);
  const { url } = await serve((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(megabyte));
    };
    response.on('drain', more);
    more();
  });
  await expect(open(url).sample()).rejects.toThrow('the answer is larger than 32 MiB');
});
