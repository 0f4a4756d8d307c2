import type { Socket } from 'node:net';
import { classify, RequestFailure } from '../failure.ts';
import type { Origin } from '../target.ts';
import { connectHead, type HttpProxy } from './proxy.ts';
import { happened } from './socket-event.ts';

/** Asks `proxy`, at the other end of `socket`, for a tunnel to `origin`. Rejects with a RequestFailure. */
export async function openTunnel(socket: Socket, origin: Origin, proxy: HttpProxy): Promise<void> {
  socket.write(connectHead(origin, proxy), 'latin1');
  let answer = '';
  while (!answer.includes('\r\n\r\n')) {
    await happened(socket, 'readable').catch((error: Error) => {
      throw classify(error, 'exchange');
    });
    answer += (socket.read() as Buffer | null)?.toString('latin1') ?? '';
  }
  const [, status, text] = /^HTTP\/1\.\d (\d{3}) ?([^\r\n]*)/.exec(answer) ?? [];
  if (status !== '200')
    throw new RequestFailure(text || `malformed HTTP response "${answer.slice(0, 50)}"`, 1000);
}
