import type { Socket } from 'node:net';
import { closedEarly } from '../failure.ts';

/** Listens to errors that have been told already. */
export function ignore(): void {}

/** The next `event` of `socket`; rejects when the socket fails or ends first. */
export function happened(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      socket.off(event, onEvent).off('error', onError).off('end', onEnd).off('close', onEnd);
    };
    const onEvent = () => {
      done();
      resolve();
    };
    const onError = (error: Error) => {
      done();
      // One failure may be told twice.
      socket.on('error', ignore);
      reject(error);
    };
    const onEnd = () => onError(closedEarly(true));
    socket.once(event, onEvent).once('error', onError).once('end', onEnd).once('close', onEnd);
  });
}
