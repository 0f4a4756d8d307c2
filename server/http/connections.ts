import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export type Connections = {
  /**
   * Closes idle connections now and each other one after its response; cuts what is left after `seconds`. WebSockets
   * are left until then to say goodbye.
   */
  drain(seconds: number): Promise<void>;
};

/**
 * Follows the server's connections. `server.close()` does not do here: it neither waits for connections that were
 * accepted by another process and handed over, nor closes a keep-alive connection once its last response is out.
 */
export function followConnections(server: Server): Connections {
  const active = new Map<Socket, number>();
  const upgraded = new WeakSet<Duplex>();
  let draining = false;
  let emptied: (() => void) | undefined;

  server.on('connection', (socket: Socket) => {
    active.set(socket, 0);
    socket.once('close', () => {
      active.delete(socket);
      if (active.size === 0) emptied?.();
    });
  });
  server.on('upgrade', ({ headers }: IncomingMessage, socket: Duplex) => {
    if (headers.upgrade?.toLowerCase() === 'websocket') upgraded.add(socket);
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    active.set(socket, (active.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (active.get(socket) ?? 1) - 1;
      if (active.has(socket)) active.set(socket, left);
      if (draining && left === 0) socket.destroySoon();
    });
  });

  return {
    async drain(seconds) {
      draining = true;
      for (const [socket, requests] of active) {
        if (requests === 0 && !upgraded.has(socket)) socket.destroy();
      }
      if (active.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        emptied = resolve;
        timer = setTimeout(resolve, seconds * 1000);
      });
      clearTimeout(timer);
      for (const socket of active.keys()) socket.destroy();
    },
  };
}
