import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { measureStep, type ProbeRequest, type StepSettings } from '../../src/load/autocannon.ts';
import { httpsTarget, httpTarget, rawTarget, type Target, workers } from './probe-server.ts';

const targets: Target[] = [];
afterEach(async () => {
  for (const target of targets.splice(0)) await target.close();
});

async function at(target: Promise<Target>): Promise<ProbeRequest> {
  targets.push(await target);
  return { url: (await target).url, method: 'GET', headers: {} };
}

const never = new AbortController().signal;
const settings: StepSettings = { connections: 4, seconds: 0.3, settle: 0.05, timeout: 5, signal: never };
const measure = (request: ProbeRequest, changed: Partial<StepSettings> = {}) =>
  measureStep(request, { ...settings, ...changed });
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('a step', () => {
  it('keeps every connection busy: throughput times latency is their number', async () => {
    const result = await measure(await at(httpTarget(workers(2, 0.005))), { connections: 6 });
    expect(result).toMatchObject({ errors: 0, timeouts: 0, reason: undefined, answered: true });
    // Little's law; between an answer and the next request a connection is idle for a moment.
    expect(result.throughput * result.latencies.mean).toBeLessThanOrEqual(6.01);
    expect(result.throughput * result.latencies.mean).toBeGreaterThan(5.4);
    expect(result.latencies.quantile(0.5)).toBeGreaterThan(0.01);
    expect(targets[0]?.connections()).toBe(6);
  });

  it('counts slow requests, none of which begins and ends in it, by their share', async () => {
    const result = await measure(await at(httpTarget(workers(4, 0.4))), { seconds: 0.2 });
    expect(result.throughput).toBeGreaterThan(4 / 0.6);
    // Timers may go off a millisecond early.
    expect(result.throughput).toBeLessThan(1.05 * (4 / 0.4));
  });

  it('sends the request that it was given', async () => {
    const seen: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = [];
    const bodies = new Set<string>();
    const request = await at(
      httpTarget(async (incoming, response) => {
        seen.push(incoming);
        let body = '';
        for await (const chunk of incoming) body += chunk;
        bodies.add(body);
        response.end();
      }),
    );
    const url = `${request.url}orders?n=1`;
    await measure({ url, method: 'PUT', headers: { 'x-key': 'a: b' }, body: '{"n":"é"}' });
    expect(seen[0]).toMatchObject({
      method: 'PUT',
      url: '/orders?n=1',
      headers: { 'x-key': 'a: b', host: new URL(url).host, 'content-length': '10' },
    });
    expect([...bodies]).toEqual(['{"n":"é"}']);
  });

  it('takes any certificate', async () => {
    const request = await at(httpsTarget((_, response) => void response.end('ok')));
    expect(request.url).toMatch(/^https:/);
    expect(await measure(request)).toMatchObject({ errors: 0, timeouts: 0, answered: true });
  });

  it('measures how busy its own thread is', async () => {
    const request = await at(httpTarget(workers(4, 0.005)));
    const hog = setInterval(() => {
      const until = performance.now() + 30;
      while (performance.now() < until);
    }, 1);
    const hogged = await measure(request).finally(() => clearInterval(hog));
    expect(hogged.busy).toBeGreaterThan(0.9);
    expect((await measure(request, { connections: 1 })).busy).toBeLessThan(0.9);
  });
});

describe('a target in trouble', () => {
  it('that closes after every answer costs no request', async () => {
    let served = 0;
    const request = await at(
      httpTarget((_, response) => {
        served++;
        response.shouldKeepAlive = false;
        response.end('ok');
      }),
    );
    const result = await measure(request);
    expect(result).toMatchObject({ errors: 0, timeouts: 0, answered: true });
    expect(result.requests).toBeGreaterThan(4);
    expect(result.requests).toBeLessThanOrEqual(served);
    expect(targets[0]?.connections()).toBeGreaterThanOrEqual(result.requests);
  });

  it.each(['HTTP/1.1 200 OK\r\n\r\nok', 'HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nok'])(
    'whose answers end with the connection is served, too: %j',
    async (text) => {
      const result = await measure(await at(rawTarget((socket) => socket.end(text))));
      expect(result).toMatchObject({ errors: 0, timeouts: 0, answered: true });
      expect(result.throughput).toBeGreaterThan(0);
    },
  );

  it('that closes in the middle of an answer has errors', async () => {
    const torn = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok';
    const result = await measure(await at(rawTarget((socket) => socket.end(torn))), { settle: 600 });
    expect(result).toMatchObject({ answered: false, throughput: 0, reason: 'connection closed' });
  });

  it('that drops every fifth request has a fifth of errors', async () => {
    let n = 0;
    const drop = rawTarget((socket) => {
      if (++n % 5 === 0) socket.destroy();
      else setTimeout(() => socket.write(answer), 2);
    });
    const result = await measure(await at(drop));
    expect(result.errors / result.requests).toBeGreaterThan(0.12);
    expect(result.errors / result.requests).toBeLessThan(0.28);
    expect(result.timeouts).toBe(0);
    expect(['connection closed', 'ECONNRESET']).toContain(result.reason);
    // Failed requests are not throughput, and count as long as the timeout.
    expect(result.throughput * 0.3).toBeLessThan(result.requests);
    expect(result.latencies.quantile(0.99)).toBeCloseTo(5, 1);
  });

  it('that forgets some requests has timeouts, which are in the percentiles', async () => {
    let n = 0;
    const request = await at(
      httpTarget((_, response) => {
        if (++n % 4 !== 0) setTimeout(() => response.end('ok'), 5);
      }),
    );
    const result = await measure(request, { timeout: 1, seconds: 1 });
    expect(result.timeouts).toBeGreaterThan(0);
    expect(result).toMatchObject({ errors: 0, reason: 'no answer in time', answered: true });
    expect(result.latencies.quantile(0.99)).toBeCloseTo(1, 1);
  });

  it('that refuses every other request has half the throughput', async () => {
    let n = 0;
    const request = await at(
      httpTarget((_, response) => {
        response.statusCode = ++n % 2 === 0 ? 503 : 200;
        setTimeout(() => response.end('ok'), 5);
      }),
    );
    const result = await measure(request);
    expect(result.reason).toBe('status 503');
    expect(result.errors / result.requests).toBeCloseTo(0.5, 1);
    expect(result.throughput * 0.3).toBeLessThan(0.65 * result.requests);
  });

  it.each([
    [
      'is not there',
      'ECONNREFUSED',
      async () => {
        const gone = await httpTarget(() => undefined);
        await gone.close();
        return Promise.resolve(gone);
      },
    ],
    ['closes without an answer', 'connection closed', () => rawTarget((socket) => socket.end())],
    ['resets', 'ECONNRESET', () => rawTarget((socket) => socket.resetAndDestroy())],
  ])('that %s is given up long before the end', async (_, reason, target) => {
    const result = await measure(await at(target()), { settle: 600 });
    expect(result).toMatchObject({ answered: false, throughput: 0, reason });
  });

  it('to which there is no way is given up, though it fails at once, over and over', async () => {
    const result = await measure(
      { url: 'http://255.255.255.255:9/', method: 'GET', headers: {} },
      { settle: 600 },
    );
    expect(result).toMatchObject({ answered: false, throughput: 0 });
    expect(['ENETUNREACH', 'EACCES', 'EHOSTUNREACH']).toContain(result.reason);
  });

  it.each([
    ['answers nothing', () => httpTarget(() => undefined)],
    ['answers what is not HTTP', () => rawTarget((socket) => socket.write('220 ready\r\n'))],
  ])('that %s has not answered', async (_, target) => {
    const result = await measure(await at(target()), { timeout: 1, settle: 0, seconds: 0.1 });
    expect(result).toMatchObject({ answered: false, throughput: 0 });
  });

  it('is left at once when the step is called off', async () => {
    const controller = new AbortController();
    const request = await at(httpTarget(() => setTimeout(() => controller.abort(new Error('enough')), 20)));
    await expect(measure(request, { timeout: 600, signal: controller.signal })).rejects.toThrow('enough');
    await expect(measure(request, { signal: controller.signal })).rejects.toThrow('enough');
  });
});
