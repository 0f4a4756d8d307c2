import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { exchangeOn, listen, newClient } from './http-client.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A server that calls `serve` with each connection and its number, from 1; gives its address. */
async function serving(serve: (socket: Socket, number: number) => void): Promise<string> {
  let connections = 0;
  const server = createServer((socket) => serve(socket, ++connections));
  return `http://127.0.0.1:${await listen(server)}/`;
}

/** Answers every request on `socket`, of which each ends with an empty line, with the next of `answers`. */
function answering(socket: Socket, answers: readonly string[]): void {
  let turn = 0;
  socket.on('data', () => socket.write(answers[turn++] ?? ok));
}

describe('a connection and the requests that follow each other on it', () => {
  it('skips 100 Continue, whether the request expected it or not', async () => {
    const url = await serving((socket) => answering(socket, [`HTTP/1.1 100 Continue\r\n\r\n${ok}`]));
    const client = newClient();
    const sending = { method: 'POST', body: 'x', headers: 'Expect: 100-continue\r\n' };
    expect(await exchangeOn(client, url, sending)).toMatchObject({
      failure: undefined,
      status: 200,
      body: 'ok',
    });
    expect(await exchangeOn(client, url)).toMatchObject({ failure: undefined, status: 200, body: 'ok' });
  });

  it('waits on when only 100 Continue came, and takes the answer that follows', async () => {
    const url = await serving((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 100 Continue\r\n\r\n');
        setImmediate(() => socket.write(ok));
      });
    });
    expect(await exchangeOn(newClient(), url)).toMatchObject({ status: 200, body: 'ok' });
  });

  it('does not use a connection again whose server answered before the request was written', async () => {
    const seen: string[] = [];
    const url = await serving((socket, number) => {
      if (number > 1) {
        socket.on('data', (bytes) => seen.push(bytes.toString('latin1')));
        answering(socket, []);
        return;
      }
      socket.once('data', () => {
        // It reads no further, so most of the body stays where it is.
        socket.pause();
        socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig');
      });
    });
    const client = newClient();
    const body = 'x'.repeat(32 * 2 ** 20);
    expect(await exchangeOn(client, url, { method: 'POST', body })).toMatchObject({
      status: 413,
      body: 'big',
    });
    expect(await exchangeOn(client, `${url}next`)).toMatchObject({ status: 200, body: 'ok' });
    expect(seen.join('')).toMatch(/^GET \/next HTTP\/1\.1\r\n/);
  });

  it.each([
    ['with the answer', (socket: Socket) => answering(socket, [`${ok}HTTP/1.1 500 No\r\n\r\n`])],
    [
      'after the answer',
      (socket: Socket) => {
        socket.once('data', () => {
          socket.write(ok);
          setImmediate(() => socket.write('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'));
        });
      },
    ],
  ])('takes no answer for one to the next request that the server sent out of turn, %s', async (_, serve) => {
    const closed: number[] = [];
    const url = await serving((socket, number) => {
      socket.on('close', () => closed.push(number));
      if (number === 1) serve(socket);
      else answering(socket, []);
    });
    const client = newClient();
    expect(await exchangeOn(client, url)).toMatchObject({ status: 200, body: 'ok' });
    // The server sees the connection closed once its stray bytes have been read.
    await expect.poll(() => closed).toEqual([1]);
    expect(await exchangeOn(client, url)).toMatchObject({ failure: undefined, status: 200, body: 'ok' });
  });

  it('reads the trailers before the next answer', async () => {
    const chunked =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n2\r\nok\r\n0\r\nSum: 1\r\n\r\n';
    const url = await serving((socket, number) => answering(socket, number === 1 ? [chunked, ok] : ['?']));
    const client = newClient();
    expect(await exchangeOn(client, url)).toMatchObject({ status: 200, body: 'ok' });
    expect(await exchangeOn(client, url)).toMatchObject({ status: 200, body: 'ok' });
  });
});
