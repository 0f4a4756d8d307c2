import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpServer } from './http-server.ts';
import { recorded, runFixture } from './k6-fixture.ts';

let server: Server;
let base: string;

beforeAll(async () => {
  ({ server, base } = await startHttpServer());
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Each script prints what it sees of the module; k6 2.0 printed the recorded lines for the same server. */
const scripts = [
  'methods',
  'headers',
  'bodies',
  'urls',
  'cookies',
  'redirects',
  'encodings',
  'auth',
  'batch',
  'async',
  'callbacks',
  'json',
  'failures',
  'tags',
  'throwing',
  'debug-headers',
  'debug-full',
];

describe.each(scripts)('k6/http: %s', (name) => {
  it('does what k6 does', async () => {
    const run = await runFixture(name, base);
    const k6 = recorded(name);
    expect(run.lines).toEqual(k6.lines);
    expect(run.samples).toEqual(k6.samples);
  });
});
