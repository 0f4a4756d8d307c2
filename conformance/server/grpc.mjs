import path from 'node:path';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

export const protoFile = path.join(import.meta.dirname, '..', 'scripts', 'data', 'greeter.proto');

/** A greeter with the four kinds of calls, without TLS. */
export async function startGrpc() {
  const definition = await loader.load(protoFile, { longs: String, defaults: true });
  const { Greeter } = grpc.loadPackageDefinition(definition).hello;
  const server = new grpc.Server();
  server.addService(Greeter.service, {
    sayHello(call, done) {
      const { name } = call.request;
      if (name === 'nobody') done({ code: grpc.status.NOT_FOUND, details: 'nobody is here' });
      else done(null, { text: `hello ${name} ${call.metadata.get('x-who').join(',')}`.trim() });
    },
    countTo(call) {
      for (let n = 1; n <= call.request.n; n++) call.write({ text: `n${n}` });
      call.end();
    },
    collect(call, done) {
      const names = [];
      call.on('data', ({ name }) => names.push(name));
      call.on('end', () => done(null, { text: names.join('+') }));
    },
    chat(call) {
      call.on('data', ({ name }) => call.write({ text: `you said ${name}` }));
      call.on('end', () => call.end());
    },
  });
  const port = await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}
