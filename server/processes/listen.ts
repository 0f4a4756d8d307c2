import { createServer, type Server, type Socket } from 'node:net';
import { Refusal, USAGE } from '../refusal.ts';

/**
 * Takes the port. Connections come paused, for another process to read.
 * @throws Refusal when the port is taken or not allowed
 */
export function listen(host: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    accept(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Refusal(USAGE, refusal(host, port, error))),
    );
    server.listen({ host, port }, () => resolve(server));
  });
}

function refusal(host: string, port: number, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use: choose another with --port, or 0 for any free one`;
    case 'EACCES':
      return `port ${port} of ${host} may not be opened by this user: choose one above 1023 with --port`;
    default:
      return `port ${port} of --host ${host} cannot be opened: ${error.message}`;
  }
}

/** The address that clients on this machine use. */
export function localUrl(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null)
    throw new Error('the server does not listen on a port');
  const host = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[address.address];
  return `http://${host ?? (address.family === 'IPv6' ? `[${address.address}]` : address.address)}:${address.port}`;
}
