import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FxscaleError } from '../../src/errors.ts';
import type { Response } from '../../src/load/http/response.ts';
import { httpModule } from '../../src/load/modules/http.ts';
import { testUser } from './test-user.ts';

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function newUser(options: Record<string, unknown> = {}) {
  const { vu, stopped, session } = testUser(options);
  const get = httpModule(vu).get as (url: string) => Promise<Response>;
  return { get, stopped, session };
}

describe('load goes to this machine only', () => {
  it.each(['http://192.0.2.1/', 'http://mapped.test/', 'http://[2001:db8::1]/'])(
    'so not to %s',
    async (url) => {
      const { get, stopped } = newUser({ hosts: { 'mapped.test': '192.0.2.1' } });
      await expect(get(url)).rejects.toThrow(FxscaleError);
      expect(stopped).toHaveLength(1);
      expect(stopped[0]?.message).toMatch(/which is not this machine: if you may load it, add --allow-host/);
    },
  );

  it('which a name in hosts may stand for', async () => {
    const { get, stopped } = newUser({ hosts: { 'shop.test': `127.0.0.1:${port}` } });
    expect((await get('http://shop.test/')).status).toBe(200);
    expect(stopped).toEqual([]);
  });

  it('which localhost is, wherever the system finds it', async () => {
    const { get, stopped } = newUser();
    expect((await get(`http://localhost:${port}/`)).status).toBe(200);
    expect(stopped).toEqual([]);
  });

  it('unless a proxy leads elsewhere', async () => {
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${port}`);
    try {
      const { get, stopped } = newUser();
      await expect(get('http://elsewhere.test/')).rejects.toThrow('add --allow-host elsewhere.test');
      expect(stopped).toHaveLength(1);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

it('has a limit for requests where rps asks for one', () => {
  expect(newUser().session.limiter).toBeUndefined();
  const { limiter } = newUser({ rps: 50 }).session;
  expect(limiter?.take()).toBeUndefined();
  expect(limiter?.take()).toBeInstanceOf(Promise);
});
