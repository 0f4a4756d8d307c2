import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanValueAnalysis } from '../../../src/models/queueing/mva.ts';
import {
  highestThroughput,
  requestsInSystem,
  responseForRequests,
  saturationUsers,
  serversInUse,
  throughputForServers,
} from '../../../src/models/queueing/utilisation-laws.ts';
import { close } from '../close.ts';

const stations = [0.05, 0.08, 0.04];

describe('mean value analysis', () => {
  // Users, throughput, response: the first row prints no response, which is the sum of the demands.
  it.each([
    [1, 0.854701, 0.17],
    [10, 7.723044, 0.294826],
    [20, 11.897433, 0.681035],
    [50, 12.49999868, 3.0000004],
  ])('%i users', (users, throughput, response) => {
    const network = meanValueAnalysis(stations, 1, users);
    close(network.throughput, throughput, 1e-6);
    close(network.response, response, 2e-6);
  });

  it('keeps the laws of utilisation and of Little, and the bounds', () => {
    const demands = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
    const thinks = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(demands, thinks, fc.integer({ min: 1, max: 100 }), (all, think, users) => {
        const { throughput, response, queues } = meanValueAnalysis(all, think, users);
        close(requestsInSystem(throughput, response + think), users, 1e-9);
        close(
          queues.reduce((sum, each) => sum + each, 0),
          requestsInSystem(throughput, response),
          1e-9,
        );
        const total = all.reduce((sum, each) => sum + each, 0);
        expect(throughput).toBeLessThanOrEqual(
          Math.min(highestThroughput(all), users / (total + think)) * (1 + 1e-12),
        );
        for (const demand of all) expect(serversInUse(throughput, demand)).toBeLessThanOrEqual(1 + 1e-12);
      }),
      { seed: 20, numRuns: 100 },
    );
  });

  it('refuses no stations, no users and a negative time', () => {
    expect(() => meanValueAnalysis([], 1, 1)).toThrow(RangeError);
    expect(() => meanValueAnalysis([0, 0], 1, 1)).toThrow(RangeError);
    expect(() => meanValueAnalysis(stations, 1, 0)).toThrow(RangeError);
    expect(() => meanValueAnalysis(stations, -1, 1)).toThrow(RangeError);
    expect(() => meanValueAnalysis([0.1, Number.NaN], 1, 1)).toThrow(RangeError);
  });
});

describe('the laws', () => {
  it('find the bottleneck and the count of users that saturates it', () => {
    close(highestThroughput(stations), 12.5, 1e-12);
    close(saturationUsers(stations, 1), 14.625, 1e-12);
  });

  it('lead from one side to the other and back', () => {
    const amounts = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(amounts, amounts, (throughput, time) => {
        close(throughputForServers(serversInUse(throughput, time), time), throughput, 1e-12);
        close(responseForRequests(requestsInSystem(throughput, time), throughput), time, 1e-12);
      }),
      { seed: 21, numRuns: 100 },
    );
  });

  it('refuse negative amounts, and to divide by nothing', () => {
    expect(() => serversInUse(-1, 1)).toThrow(RangeError);
    expect(() => throughputForServers(1, 0)).toThrow(RangeError);
    expect(() => requestsInSystem(1, Number.NaN)).toThrow(RangeError);
    expect(() => responseForRequests(1, 0)).toThrow(RangeError);
  });
});
