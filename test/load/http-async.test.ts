import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/load/http/rate-limit.ts';
import type { Response } from '../../src/load/http/response.ts';
import { httpModule } from '../../src/load/modules/http.ts';
import { Interrupted } from '../../src/load/vu.ts';
import { startHttpServer } from './http-server.ts';
import { testUser } from './test-user.ts';

type Http = Record<'get' | 'asyncRequest', (...args: unknown[]) => Promise<Response>> & {
  batch(requests: unknown): Promise<Response[]>;
};

let server: Server;
let base: string;

beforeAll(async () => {
  ({ server, base } = await startHttpServer());
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function client(options: Record<string, unknown> = {}) {
  const made = testUser(options, true);
  return { ...made, http: httpModule(made.vu) as unknown as Http };
}

describe('asyncRequest', () => {
  it('keeps the iteration open until it has ended', async () => {
    const { http, vu } = client();
    let status = 0;
    const answered = http.asyncRequest('GET', `${base}/slow?ms=20`).then((response) => {
      status = response.status;
    });
    expect(vu.unsettled).toBe(true);
    await vu.settled();
    await answered;
    expect([status, vu.unsettled]).toEqual([200, false]);
  });

  it('settles when the script is not blocked', async () => {
    const { http, vu } = client();
    const order: string[] = [];
    const async = http.asyncRequest('GET', `${base}/text`).then(() => order.push('async'));
    await http.get(`${base}/slow?ms=250`);
    order.push('blocking');
    await async;
    expect(order).toEqual(['blocking', 'async']);
    expect(vu.blockedIn).toBeUndefined();
  });

  it('is cut off with the iteration, and leaves no sample', async () => {
    const { http, vu, session } = client();
    const pending = http.asyncRequest('GET', `${base}/hang`);
    vu.fail(new Error('elsewhere'));
    await expect(pending).rejects.toThrow(Interrupted);
    expect(session.registry.get('http_reqs')?.sink.samples).toBe(0);
    expect(vu.reasonOf(new Interrupted())).toMatchObject({ message: 'elsewhere' });
    // The connection is gone, the VU is not.
    expect((await http.get(`${base}/text`)).body).toBe('plain text');
  });

  it('ends with an interrupt of the VU', async () => {
    const { http, vu } = client();
    const pending = http.asyncRequest('GET', `${base}/hang`);
    vu.interrupt();
    await expect(pending).rejects.toThrow(Interrupted);
    await expect(http.asyncRequest('GET', `${base}/text`)).rejects.toThrow(Interrupted);
  });
});

describe('rps', () => {
  /** A limit whose second token comes when it is told to. */
  function limited() {
    const made = client({ rps: 1 });
    let now = 0;
    const wakers: (() => void)[] = [];
    made.session.limiter = new RateLimit(
      1,
      () => now,
      () => new Promise<void>((resolve) => wakers.push(resolve)),
    );
    const pass = () => {
      now += 1000;
      for (const wake of wakers.splice(0)) wake();
    };
    return { ...made, pass, waiting: () => wakers.length };
  }

  it('makes a request wait for its turn', async () => {
    const { http, pass, session } = limited();
    await http.get(`${base}/text`);
    const second = http.get(`${base}/text`);
    await new Promise(setImmediate);
    expect(session.inFlight).toBe(0);
    pass();
    expect((await second).status).toBe(200);
  });

  it('counts each request of a batch, and no hop of a redirect', async () => {
    const { http, pass, waiting } = limited();
    const both = http.batch([`${base}/redir?n=3`, `${base}/text`]);
    await new Promise(setImmediate);
    expect(waiting()).toBe(1);
    pass();
    expect((await both).map(({ body }) => body)).toEqual(['done', 'plain text']);
  });

  it('lets go of what waits when the VU is interrupted', async () => {
    const { http, vu, session } = limited();
    await http.get(`${base}/text`);
    const second = http.get(`${base}/text`);
    vu.interrupt();
    await expect(second).rejects.toThrow(Interrupted);
    expect([vu.blockedIn, session.inFlight]).toEqual([undefined, 0]);
  });
});

describe('batch', () => {
  it('rejects when the VU is interrupted', async () => {
    const { http, vu, session } = client({ batch: 2 });
    const pending = http.batch(Array.from({ length: 5 }, () => `${base}/hang`));
    await new Promise(setImmediate);
    vu.interrupt();
    await expect(pending).rejects.toThrow(Interrupted);
    expect([vu.blockedIn, session.inFlight]).toEqual([undefined, 0]);
  });
});
