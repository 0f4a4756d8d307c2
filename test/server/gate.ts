import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Gate = {
  port: number;
  /** Cuts every connection and refuses new ones, as a service that has ended does. */
  shut(): Promise<void>;
  open(): Promise<void>;
};

/** A port that passes everything on to `target` of this machine, and can be shut. */
export async function openGate(target: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  const follow = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const onward = follow(connect(target, '127.0.0.1'));
    follow(client).pipe(onward).pipe(client);
    client.once('close', () => onward.destroy());
    onward.once('close', () => client.destroy());
  });
  let port = 0;
  const gate: Gate = {
    get port() {
      return port;
    },
    async open() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    },
    async shut() {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
  await gate.open();
  return gate;
}
