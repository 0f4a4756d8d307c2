import type { Registry } from 'prom-client';
import type { Settings } from './settings.ts';

export type Log = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};

/** What a background role is started with. Its metrics go to the registry. */
export type RoleContext = { settings: Settings; registry: Registry; log: Log };

export type RunningRole = {
  /** Why it cannot work now, such as a broker that does not answer; undefined when all is well. */
  trouble(): string | undefined;
  /** Finishes what is under way. */
  close(): Promise<void>;
};

/**
 * Starts a role. It waits for what it depends on rather than reject: a broker or a database may come later, or come
 * back. It rejects only for what a restart cannot mend.
 */
export type StartRole = (context: RoleContext) => Promise<RunningRole>;
