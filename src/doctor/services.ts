import { connect } from 'node:net';
import type { Check } from './check.ts';

/** Where each service listens unless told otherwise. */
const usual = {
  'postgres at 5432': 5432,
  'redis at 6379': 6379,
  'kafka at 9092': 9092,
  'prometheus at 9090': 9090,
};

/** Whether something listens on this machine at the usual ports. What it is, \`--collect\` tells. */
export function checkServices(): Promise<Check[]> {
  return Promise.all(
    Object.entries(usual).map(async ([name, port]): Promise<Check> => {
      const listens = await listensAt(port);
      return {
        name,
        group: 'services',
        status: listens ? 'ok' : 'missing',
        detail: { host: '127.0.0.1', port },
      };
    }),
  );
}

/** On the loopback interface: a port that answers at all answers at once. */
export function listensAt(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    const answer = (listens: boolean) => {
      socket.destroy();
      resolve(listens);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
  });
}
