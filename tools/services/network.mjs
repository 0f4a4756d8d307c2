// Addresses on this machine: ports that are free, and whether what listens there speaks the right protocol.
import { connect, createServer } from 'node:net';

/** Ports of 127.0.0.1 that nobody listens on, all different. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((listening) => {
          const server = createServer().listen(0, '127.0.0.1', () => listening(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/** Whether somebody listens on 127.0.0.1:`port`. */
export function listens(port) {
  return new Promise((answer) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      answer(true);
    });
    socket.once('error', () => answer(false));
  });
}

/** The first bytes that 127.0.0.1:`port` answers to `question`, or undefined when it does not within `seconds`. */
export function ask(port, question, seconds = 2) {
  return new Promise((answer) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (bytes) => {
      socket.destroy();
      answer(bytes);
    };
    socket.setTimeout(seconds * 1000, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.once('close', () => finish(undefined));
    socket.once('data', finish);
    socket.write(question);
  });
}

/** Whether an HTTP server at 127.0.0.1:`port` answers a GET of `path` with 200. */
export async function answersOk(port, path, headers = {}) {
  try {
    const signal = AbortSignal.timeout(2000);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
