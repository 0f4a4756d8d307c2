import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { addLogDirs, isLogDirsAnswer, logDirsRequest, type PartitionSizes } from './kafka-log-dirs.ts';

const KEEP_ALIVE = 60_000;

/**
 * The sockets of one session with a cluster. The library would wait for a broker that has stopped answering before it
 * closes; these can be cut. And it knows no request for sizes; here its own connections, logged in as they are, are
 * asked for them between its requests, and it passes over the answers, which are to none of its own.
 */
export class KafkaSockets {
  readonly #open = new Map<Socket, string>();
  readonly #answers = new Map<Socket, (frame: Buffer) => void>();
  #cut = false;

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#cut) throw new Error('it was given up');
    const name = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls({ host, port, ...name, ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE);
    this.#open.set(socket, `${host}:${port}`);
    socket.once('close', () => this.#open.delete(socket));
    socket.on(
      'data',
      frames((frame) => {
        if (isLogDirsAnswer(frame)) this.#answers.get(socket)?.(frame);
      }),
    );
    return socket;
  };

  /** Sizes on every broker that there is a connection to. Rejects when one does not answer within `milliseconds`. */
  async sizes(clientId: string, milliseconds: number): Promise<PartitionSizes> {
    const sizes: PartitionSizes = new Map();
    const one = new Map([...this.#open].map(([socket, broker]) => [broker, socket]));
    const request = logDirsRequest(clientId);
    await Promise.all(
      [...one.values()].map(async (socket) =>
        addLogDirs(await this.#ask(socket, request, milliseconds), sizes),
      ),
    );
    return sizes;
  }

  async #ask(socket: Socket, request: Buffer, milliseconds: number): Promise<Buffer> {
    let give: ((why: string) => void) | undefined;
    const closed = () => give?.('the broker closed the connection when it was asked');
    const timer = setTimeout(() => give?.(`no answer within ${milliseconds} ms`), milliseconds);
    socket.once('close', closed);
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        give = (why) => reject(new Error(why));
        this.#answers.set(socket, resolve);
        socket.write(request);
      });
    } finally {
      clearTimeout(timer);
      socket.off('close', closed);
      this.#answers.delete(socket);
    }
  }

  /** Ends every connection at once; what still waits for an answer is rejected. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#open.keys()) socket.destroy(new Error('it was given up'));
  }
}

/** Passes on every whole frame of a stream, without the four bytes of its length. */
export function frames(on: (frame: Buffer) => void): (chunk: Buffer) => void {
  let kept: Buffer = Buffer.alloc(0);
  return (chunk) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    while (kept.length >= 4 && kept.length >= 4 + kept.readUInt32BE(0)) {
      const end = 4 + kept.readUInt32BE(0);
      on(kept.subarray(4, end));
      kept = kept.subarray(end);
    }
  };
}
