import { writeFileSync } from 'node:fs';
import path from 'node:path';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import selfsigned from 'selfsigned';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grpcModule } from '../../src/load/modules/grpc.ts';
import { filesOf, startGrpcServer } from './grpc-server.ts';
import { testUser } from './test-user.ts';

let server: Awaited<ReturnType<typeof startGrpcServer>>;
beforeAll(async () => {
  server = await startGrpcServer();
});
afterAll(() => server.close());

type Response = {
  message: Record<string, unknown> | null;
  error: { code: number; message: string; details: unknown[] } | null;
  headers: Record<string, string[]>;
  trailers: Record<string, string[]>;
  status: unknown;
};
type Client = {
  load(...args: unknown[]): object[];
  loadProtoset(file: string): object[];
  connect(...args: unknown[]): Promise<boolean>;
  invoke(...args: unknown[]): Promise<Response>;
  asyncInvoke(...args: unknown[]): Promise<Response>;
  healthCheck(service?: string): Promise<{ status: unknown }>;
  close(): void;
};
type Stream = {
  on(name: string, handler: (value: never) => unknown): void;
  write(m?: unknown): void;
  end(): void;
};

function user() {
  const { vu, session, logs } = testUser();
  const module = grpcModule(vu) as Record<string, unknown> & {
    Client: new () => Client;
    Stream: new (...args: unknown[]) => Stream;
  };
  const inInit = <T>(work: () => T): T => {
    vu.initialised = false;
    const result = work();
    vu.initialised = true;
    return result;
  };
  return { vu, session, logs, module, inInit };
}

async function connected() {
  const it = user();
  const client = new it.module.Client();
  it.inInit(() => client.load([server.folder], 'echo.proto'));
  await client.connect(server.address, { plaintext: true });
  return { ...it, client };
}

it('tells of the methods that it loads', () => {
  const { module, inInit } = user();
  const client = new module.Client();
  const [same, , , down] = inInit(() => client.load([server.folder], 'echo.proto'));
  const common = { package: 't.v1', service: 'Echo', is_client_stream: false };
  expect(same).toEqual({ ...common, full_method: '/t.v1.Echo/Same', name: 'Same', is_server_stream: false });
  expect(down).toEqual({ ...common, full_method: '/t.v1.Echo/Down', name: 'Down', is_server_stream: true });
  const missing = path.join(server.folder, 'none.proto');
  expect(() => inInit(() => client.load([server.folder], 'none.proto'))).toThrow(
    `stat ${missing}: no such file`,
  );
});

it('sends and receives messages in the JSON that protobuf has', async () => {
  const { client, session, vu, module } = await connected();
  const request = {
    ...{ str_val: 's', i32: '7', i64: '9007199254740993', u64: 7, d: 'NaN', f: 0.1, b: true, raw: 'AQI=' },
    ...{
      colour: 'RED',
      inner: { aName: 'x' },
      many: ['a'],
      counts: { x: 1 },
      second: 3,
      maybe: '',
      JSON: 'j',
    },
  };
  const response = await client.invoke('t.v1.Echo/Same', request, {
    metadata: { 'X-Who': 'me' },
    tags: { my: 'tag' },
  });
  expect(response.status).toBe(module.StatusOK);
  expect(response.error).toBeNull();
  expect(response.message).toEqual({
    ...{ strVal: 's', i32: 7, i64: '9007199254740993', u64: '7', d: 'NaN', f: 0.1, b: true, raw: 'AQI=' },
    ...{
      colour: 'RED',
      inner: { aName: 'x', n: 0 },
      many: ['a'],
      counts: { x: '1' },
      second: 3,
      maybe: '',
      JSON: 'j',
    },
  });
  expect(response.headers).toMatchObject({ 'x-multi': ['1', 'me'] });
  expect(response.trailers).toEqual({ 'x-trail': ['end'] });
  expect(session.builtins.grpcReqDuration.sink.samples).toBe(1);
  expect(vu.client.traffic.sent).toBeGreaterThan(50);
  expect(vu.client.traffic.received).toBeGreaterThan(50);
  client.close();
});

it('gives every field of an empty message but those that show whether they are there', async () => {
  const { client } = await connected();
  const { message } = await client.invoke('/t.v1.Echo/Same', {});
  expect(message).toEqual({
    ...{
      strVal: '',
      i32: 0,
      i64: '0',
      u64: '0',
      d: 0,
      f: 0,
      b: false,
      raw: '',
      colour: 'UNKNOWN',
      inner: null,
    },
    ...{ many: [], counts: {}, JSON: '' },
  });
  expect((await client.invoke('t.v1.Echo/Same', {}, { discardResponseMessage: true })).message).toBeNull();
  client.close();
});

// As k6 2.0.0 has them.
it.each<[object, string]>([
  [{ nofield: 1 }, '(line 1:2): unknown field "nofield"'],
  [{ i32: 'x' }, '(line 1:8): invalid value for int32 field i32: "x"'],
  [{ i32: 99999999999 }, '(line 1:8): invalid value for int32 field i32: 99999999999'],
  [{ colour: 'NOPE' }, '(line 1:11): invalid value for enum field colour: "NOPE"'],
  [{ str_val: 5 }, '(line 1:12): invalid value for string field strVal: 5'],
  [{ many: 'a' }, 'syntax error (line 1:9): unexpected token "a"'],
  [{ inner: [] }, 'syntax error (line 1:10): unexpected token ['],
  [{ first: 'a', second: 2 }, '(line 1:14): error parsing "second", oneof t.v1.All.choice is already set'],
  [{ raw: '**' }, '(line 1:8): invalid value for bytes field raw: "**"'],
])('refuses the request %j', async (request, message) => {
  const { client } = await connected();
  await expect(client.invoke('t.v1.Echo/Same', request)).rejects.toThrow(
    `unable to serialise request object to protocol buffer: proto: ${message}`,
  );
  client.close();
});

it('gives what the server fails with', async () => {
  const { client, module } = await connected();
  const failed = await client.invoke('t.v1.Echo/Fail', { n: 5, a_name: 'why' });
  expect(failed.error).toEqual({ code: 5, message: 'failed: why', details: [] });
  expect(failed.status).toBe(module.StatusNotFound);
  expect(JSON.stringify(failed.status)).toBe('5');
  expect(`${failed.status}`).toBe('NotFound');
  expect(failed.message).toEqual({ aName: '', n: 0 });
  const late = await client.invoke('t.v1.Echo/Slow', {}, { timeout: '20ms' });
  expect(late.error).toEqual({ code: 4, message: 'context deadline exceeded', details: [] });
  client.close();
});

it.each<[string, (client: Client) => Promise<unknown>, string]>([
  [
    'method',
    (client) => client.invoke('t.v1.Echo/Zip', {}),
    'method "/t.v1.Echo/Zip" not found in file descriptors',
  ],
  ['no method', (client) => client.invoke('', {}), 'method to invoke cannot be empty'],
  ['no request', (client) => client.invoke('t.v1.Echo/Same'), 'request cannot be nil'],
  [
    'parameter',
    (client) => client.invoke('t.v1.Echo/Same', {}, { foo: 1 }),
    'invalid GRPC\'s client.invoke() parameters: unknown param: "foo"',
  ],
  [
    'timeout',
    (client) => client.connect(server.address, { timeout: 'zz' }),
    'invalid grpc.connect() parameters: invalid timeout value: time: invalid duration "zz"',
  ],
  [
    'address',
    (client) => client.connect('127.0.0.1:1', { plaintext: true }),
    'connection error: desc = "transport: error while dialing: dial tcp 127.0.0.1:1: connect: connection refused"',
  ],
])('refuses a wrong %s', async (_, use, message) => {
  const { client } = await connected();
  await expect(use(client)).rejects.toThrow(message);
  client.close();
  await expect(client.invoke('t.v1.Echo/Same', {})).rejects.toThrow(
    'no gRPC connection, you must call connect first',
  );
});

it('gives a promise from asyncInvoke, which keeps the iteration open', async () => {
  const { client, vu } = await connected();
  const response = client.asyncInvoke('t.v1.Echo/Fail', { n: 7 });
  expect(vu.unsettled).toBe(true);
  expect((await response).error?.code).toBe(7);
  await vu.settled();
  client.close();
});

it('asks for health', async () => {
  const { client, module } = await connected();
  expect((await client.healthCheck()).status).toBe(module.HealthCheckServing);
  expect((await client.healthCheck('down')).status).toBe(module.HealthCheckNotServing);
  await expect(client.healthCheck('none')).rejects.toThrow(
    'rpc error: code = NotFound desc = unknown service',
  );
  client.close();
});

function watched(stream: Stream, seen: unknown[]): Stream {
  stream.on('data', ({ aName }: { aName: string }) => seen.push(aName));
  stream.on('error', ({ message }: { message: string }) => seen.push(message));
  stream.on('end', () => seen.push('end'));
  return stream;
}

it('streams in both directions', async () => {
  const { client, vu, module, session } = await connected();
  const seen: unknown[] = [];
  const stream = watched(new module.Stream(client, 't.v1.Echo/Both'), seen);
  stream.write({ a_name: '1' });
  stream.write({ a_name: '2' });
  stream.end();
  stream.write({ a_name: 'late' });
  await vu.settled();
  expect(seen).toEqual(['re 1', 're 2', 'end']);
  const { grpcStreams, grpcStreamsMsgsSent, grpcStreamsMsgsReceived, grpcReqDuration } = session.builtins;
  const counts = [grpcStreams, grpcStreamsMsgsSent, grpcStreamsMsgsReceived, grpcReqDuration];
  expect(counts.map(({ sink }) => sink.samples)).toEqual([1, 2, 2, 1]);
  client.close();
});

it.each<[object, unknown[]]>([
  [{ n: 2 }, ['d0', 'd1', 'end']],
  [{ n: 1, a_name: 'fail' }, ['d0', 'down failed', 'end']],
  [
    { zz: 1 },
    ['can\'t serialise request object to protocol buffer: proto: (line 1:2): unknown field "zz"', 'end'],
  ],
])('streams what the server sends for %j', async (request, expected) => {
  const { client, vu, module } = await connected();
  const seen: unknown[] = [];
  watched(new module.Stream(client, 't.v1.Echo/Down'), seen).write(request);
  await vu.settled();
  expect(seen).toEqual(expected);
  client.close();
});

it('ends streams with the connection and with the iteration', async () => {
  const { client, vu, module } = await connected();
  const seen: unknown[] = [];
  const stream = watched(new module.Stream(client, 't.v1.Echo/Down'), seen);
  stream.on('data', () => client.close());
  stream.write({ n: 1, a_name: 'wait' });
  await vu.settled();
  expect(seen).toEqual(['d0', 'canceled by client (k6)', 'end']);
});

it('ends a stream with the iteration', async () => {
  const { client, vu, module } = await connected();
  const seen: unknown[] = [];
  const stream = watched(new module.Stream(client, 't.v1.Echo/Down'), seen);
  stream.on('data', () => vu.interrupt());
  stream.write({ n: 1, a_name: 'wait' });
  await vu.settled();
  expect(seen).toEqual(['d0']);
  client.close();
});

it.each(['v1', 'v1alpha'])('learns of the services by reflection %s', async (version) => {
  const other = await startGrpcServer(undefined, version);
  try {
    const { module } = user();
    const client = new module.Client();
    await client.connect(other.address, { plaintext: true, reflect: true });
    expect((await client.invoke('t.v1.Echo/Fail', { aName: 'x', n: 3 })).error?.message).toBe('failed: x');
    client.close();
  } finally {
    other.close();
  }
});

it('connects over TLS with the authority that the script gives', async () => {
  const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  const secure = await startGrpcServer(grpc.ServerCredentials.createSsl(null, [pair]));
  try {
    const { module, inInit } = user();
    const client = new module.Client();
    inInit(() => client.load([secure.folder], 'echo.proto'));
    await client.connect(secure.address, { tls: { cacerts: cert } });
    expect((await client.invoke('t.v1.Echo/Fail', { n: 3 })).error?.code).toBe(3);
    client.close();
    await expect(client.connect(secure.address, { timeout: '1s' })).rejects.toThrow(
      'transport: authentication handshake failed: tls: failed to verify certificate: x509',
    );
  } finally {
    secure.close();
  }
});

it('reads a serialised set of descriptors', async () => {
  const { module, inInit } = user();
  const files = filesOf(loader.loadSync(path.join(server.folder, 'echo.proto')));
  const set = Buffer.concat(
    files.flatMap((file) => {
      const size = [(file.length & 0x7f) | 0x80, file.length >> 7];
      return [Buffer.from([0x0a, ...size]), file];
    }),
  );
  const protoset = path.join(server.folder, 'echo.protoset');
  writeFileSync(protoset, set);
  const client = new module.Client();
  expect(inInit(() => client.loadProtoset(protoset))).toHaveLength(5);
  await client.connect(server.address, { plaintext: true });
  expect((await client.invoke('t.v1.Echo/Fail', { aName: 'x', n: 3 })).error?.message).toBe('failed: x');
  client.close();
  const missing = path.join(server.folder, 'none.protoset');
  expect(() => inInit(() => client.loadProtoset(missing))).toThrow(
    `couldn't open protoset: stat ${missing}: no such file or directory`,
  );
});
