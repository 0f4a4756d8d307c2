/** A service process of one's own on 127.0.0.1. It dies with the process, or the worker thread, that started it. */
export interface Instance {
  readonly port: number;
  /** Of the process that runs now, or ran last; another one after each restart. */
  readonly pid: number;
  /**
   * Sends a signal, SIGKILL unless told otherwise, and resolves when the process is gone; after SIGSTOP and SIGCONT
   * at once.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, at the same port with the same data; ends it before if it runs. Resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it in good order. Resolves when it is gone. The folder is left to the caller. */
  stop(): Promise<void>;
}

export interface Place {
  /** Where data and log go; made when it is not there. */
  folder: string;
  /** A free port unless given. */
  port?: number;
}
