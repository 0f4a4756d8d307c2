import { createConnection } from 'node:net';

export type RawAnswer = { status: number; headers: Record<string, string>; body: string };

/** Sends the bytes as they are, on a connection of their own, and reads until the server closes it. */
export function sendRaw(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('close', () => resolve(parse(Buffer.concat(chunks).toString())));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The server may close before it has read everything.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.write(bytes);
  });
}

/** Status 0 when the connection was closed without an answer. */
function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const pairs = lines.map((line) => line.split(/: ?(.*)/s) as [string, string]);
  return {
    status: Number(first.split(' ')[1] ?? 0),
    headers: Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])),
    body: rest.join('\r\n\r\n'),
  };
}

type Parts = { method?: string; path?: string; headers?: string[]; body?: string | Buffer };

/** A request as text: `Host`, `Connection: close` and the body's length, then the headers given. */
export function request({ method = 'GET', path = '/', headers = [], body }: Parts): Buffer {
  const content = body === undefined ? undefined : Buffer.from(body);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: fx.test',
    'Connection: close',
    ...(content === undefined ? [] : [`Content-Length: ${content.length}`]),
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content ?? Buffer.alloc(0)]);
}
