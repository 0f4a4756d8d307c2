/**
 * Every way fxscale can refuse or fail, with its exit code. k6's own codes (99 to 255) keep k6's meaning.
 * A failed threshold or gate is a result and has an exit code here, but is never thrown.
 */
export const exitCodes = {
  /** A fault of fxscale itself. */
  INTERNAL: 1,
  /** A flag, argument or combination of them is wrong. */
  USAGE: 2,
  /** A config, run, plan or data file is missing or not what it should be. */
  FILE: 2,
  /** A file or folder cannot be written. */
  OUTPUT: 2,
  /** A port is taken or may not be opened. */
  PORT: 2,
  /** A planner was asked for what the data cannot support. */
  REFUSED: 2,
  /** The comparison cannot be decided from these runs. */
  INCONCLUSIVE: 3,
  /** The target or a data source does not answer. */
  UNREACHABLE: 4,
  THRESHOLDS: 99,
  SETUP_TIMEOUT: 100,
  TEARDOWN_TIMEOUT: 101,
  /** k6 options that do not validate. */
  SCRIPT_OPTIONS: 104,
  /** Stopped by a signal. */
  INTERRUPTED: 105,
  /** A script that does not parse, uses what is not supported, or throws in init, setup or teardown. */
  SCRIPT: 107,
  SCRIPT_ABORTED: 108,
  SCRIPT_FAILED: 110,
  /** k6's catch-all: no such module, nothing exported, setup data that is not JSON. */
  SCRIPT_OTHER: 255,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** An error a user can act on: one line that names the thing, what is wrong with it and what would be right. */
export class FxscaleError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FxscaleError';
    this.code = code;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}

/** What a caught value says, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
