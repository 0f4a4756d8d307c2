/** Why the server does not start or ends: one line for stderr, and the exit code. */
export class Refusal extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message.replace(/\s+/g, ' ').trim(), options);
    this.exitCode = exitCode;
  }
}

/** A wrong flag, or a port that is taken. */
export const USAGE = 2;
/** The database given does not answer. */
export const UNREACHABLE = 4;
