import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Gate = {
  port: number;
  /** Cuts every connection and refuses new ones, as a service that has ended does. */
  shut(): Promise<void>;
  open(): Promise<void>;
  /** Passes nothing on from now on, while connections stay open and new ones are accepted. */
  stall(): void;
  /** Passes on what it kept, and what comes. */
  flow(): void;
};

/** A port that passes everything on to `target` of this machine, and can be shut. */
export async function openGate(target: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  const follow = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  let stalled = false;
  const server = createServer((client) => {
    const onward = follow(connect(target, '127.0.0.1'));
    follow(client).pipe(onward).pipe(client);
    if (stalled) for (const side of [client, onward]) side.pause();
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
    stall() {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    flow() {
      stalled = false;
      for (const socket of sockets) socket.resume();
    },
  };
  await gate.open();
  return gate;
}
