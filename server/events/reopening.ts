import { within } from '../within.ts';

/** Less than whoever waits for a use waits. */
const seconds = { use: 7, close: 5 };

/** A connection that is given up when it fails, and opened anew by the next use: some failures stay with one. */
export function reopening<T extends { connect(): Promise<void>; disconnect(): Promise<void> }>(
  open: () => T,
) {
  let current: Promise<T> | undefined;
  const connect = async (): Promise<T> => {
    const opened = open();
    await opened.connect();
    return opened;
  };
  const drop = (failed: Promise<T> | undefined): void => {
    if (current === failed) current = undefined;
    failed?.then((opened) => opened.disconnect()).catch(() => undefined);
  };
  return {
    async use<R>(what: string, work: (opened: T) => Promise<R>): Promise<R> {
      const mine = current ?? connect();
      current = mine;
      try {
        return await within(seconds.use, what, mine.then(work));
      } catch (error) {
        drop(mine);
        throw error;
      }
    },
    async close(): Promise<void> {
      const last = current;
      current = undefined;
      const left = (async () => (await last)?.disconnect())();
      await within(seconds.close, 'leaving Kafka', left).catch(() => undefined);
    },
  };
}
