import type { Log } from '../processes/role.ts';

export type Outage = {
  began(reason: string): void;
  ended(): void;
  /** Undefined while all is well. */
  trouble(): string | undefined;
};

/** One line in the log when a dependency goes and one when it is back, however many attempts fail in between. */
export function watchOutage(name: string, log: Log): Outage {
  let since: number | undefined;
  return {
    began(reason) {
      if (since !== undefined) return;
      since = performance.now();
      log.warn({ reason }, `${name} does not answer`);
    },
    ended() {
      if (since === undefined) return;
      const seconds = (performance.now() - since) / 1000;
      since = undefined;
      log.warn({ seconds }, `${name} answers again`);
    },
    trouble: () => (since === undefined ? undefined : `${name} does not answer`),
  };
}
