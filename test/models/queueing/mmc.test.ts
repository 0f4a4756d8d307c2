import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erlangC } from '../../../src/models/queueing/erlang.ts';
import {
  meanResponse,
  meanWait,
  responseFloor,
  responseQuantile,
  responseTail,
  serversForResponse,
  serversForWait,
  waitQuantile,
} from '../../../src/models/queueing/mmc.ts';
import { close } from '../close.ts';

describe('M/M/c', () => {
  it.each([
    [75, 1 / 100, 1, 0.03, 0.04, 0.0277259, 0.1198293, 0.1842068, 0.2763102],
    [2, 1, 3, 0.444444, 1.444444, 1.0874129, 4.0206882, 5.8911744, 8.4688268],
    [2 / 3, 4, 4, 1.135255, 5.135255, 3.8594976, 14.313701, 21.069614, 30.494231],
    [8, 1, 10, 0.2045901, 1.2045901, 0.9121446, 3.3282747, 4.9461113, 7.2505572],
    [90, 1, 100, 0.02169405, 1.02169405, 0.7169285, 3.0195508, 4.6289888, 6.9315738],
  ])('%d arrivals of %d on %i servers', (lambda, service, servers, wq, w, p50, p95, p99, p999) => {
    close(meanWait(lambda, service, servers), wq, 2e-6);
    close(meanResponse(lambda, service, servers), w);
    close(responseQuantile(lambda, service, servers, 0.5), p50, 2e-6);
    close(responseQuantile(lambda, service, servers, 0.95), p95);
    close(responseQuantile(lambda, service, servers, 0.99), p99);
    close(responseQuantile(lambda, service, servers, 0.999), p999);
  });

  it('answers -ln(1-p)/(mu-lambda) for one server', () => {
    close(responseQuantile(50, 0.01, 1, 0.95), -Math.log(0.05) / 50);
  });

  it('is continuous where both rates of the response meet', () => {
    // spare = c/S - lambda equals mu = 1/S for lambda = (c - 1)/S.
    const at = responseTail(2, 1, 3, 1.7);
    close(responseTail(2 - 1e-9, 1, 3, 1.7), at, 1e-8);
    close(responseTail(2 + 1e-9, 1, 3, 1.7), at, 1e-8);
    close(at, Math.exp(-1.7) * (1 + erlangC(3, 2) * 1.7), 1e-12);
  });

  it('waits nothing at a quantile that does not wait', () => {
    expect(waitQuantile(1, 1, 6, 0.5)).toBe(0);
    close(waitQuantile(2, 1, 3, 0.99), Math.log(4 / 9 / 0.01));
  });
});

describe('the smallest count of servers', () => {
  it.each([
    [1000, 0.02, 0.1, 23, 0.09588],
    [100, 0.01, 0.05, 3, 0.04691],
  ])('%d/s of %d s within %d s', (lambda, service, target, servers, p99) => {
    expect(serversForResponse(lambda, service, 0.99, target)).toBe(servers);
    close(responseQuantile(lambda, service, servers, 0.99), p99, 1e-4);
  });

  it('refuses a target below the floor of exponential service', () => {
    close(responseFloor(0.02, 0.99), 0.0921, 1e-4);
    expect(() => serversForResponse(1000, 0.02, 0.99, 0.08)).toThrow(RangeError);
  });

  it('is the least that meets the target', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 2000, noNaN: true }),
        fc.double({ min: 0.001, max: 0.2, noNaN: true }),
        fc.double({ min: 1.05, max: 5, noNaN: true }),
        (lambda, service, slack) => {
          const target = responseFloor(service, 0.99) * slack;
          const servers = serversForResponse(lambda, service, 0.99, target);
          expect(responseTail(lambda, service, servers, target)).toBeLessThanOrEqual(0.01);
          if (servers - 1 > lambda * service) {
            expect(responseTail(lambda, service, servers - 1, target)).toBeGreaterThan(0.01);
          }
          const waiting = serversForWait(lambda, service, 0.99, service);
          expect(waitQuantile(lambda, service, waiting, 0.99)).toBeLessThanOrEqual(service);
          if (waiting - 1 > lambda * service) {
            expect(waitQuantile(lambda, service, waiting - 1, 0.99)).toBeGreaterThan(service);
          }
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('needs one server when nothing arrives', () => {
    expect(serversForWait(0, 0.01, 0.99, 0)).toBe(1);
  });
});

describe('inverses and orders', () => {
  const queue = fc
    .record({
      servers: fc.integer({ min: 1, max: 200 }),
      service: fc.double({ min: 1e-4, max: 10, noNaN: true }),
      utilisation: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    })
    .map((q) => ({ ...q, lambda: (q.utilisation * q.servers) / q.service }));

  it('leads from a quantile to its tail and back', () => {
    fc.assert(
      fc.property(
        queue,
        fc.double({ min: 0.01, max: 0.9999, noNaN: true }),
        ({ lambda, service, servers }, q) => {
          close(
            responseTail(lambda, service, servers, responseQuantile(lambda, service, servers, q)),
            1 - q,
            1e-6,
          );
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });

  it('never answers faster under more load or with fewer servers', () => {
    fc.assert(
      fc.property(queue, ({ lambda, service, servers }) => {
        const p99 = responseQuantile(lambda, service, servers, 0.99);
        expect(responseQuantile(lambda * 0.9, service, servers, 0.99)).toBeLessThanOrEqual(p99 * (1 + 1e-12));
        expect(responseQuantile(lambda, service, servers + 1, 0.99)).toBeLessThanOrEqual(p99 * (1 + 1e-12));
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it.each([
    [1, 0, 1, 0.5],
    [1, 0.1, 1, 1],
    [1, 0.1, 1, 0],
    [-1, 0.1, 1, 0.5],
    [1, Number.NaN, 1, 0.5],
    [11, 0.1, 1, 0.5],
  ])('refuses lambda %d, service %d, %i servers, quantile %d', (lambda, service, servers, q) => {
    expect(() => responseQuantile(lambda, service, servers, q)).toThrow(RangeError);
  });
});
