/** What k6 shows of an error of its own language. */
class GoFailure {
  readonly error: () => string;

  constructor(message: string) {
    this.error = () => message;
  }

  toString(): string {
    return this.error();
  }
}

/** What k6 throws to a script for most of its own failures: an Error that is called GoError. */
export class GoError extends Error {
  /** The failure itself, which k6 leaves where a script can see it. */
  readonly value: GoFailure;

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.value = new GoFailure(this.message);
  }

  static {
    // On the prototype, where the first line of the stack takes it from.
    GoError.prototype.name = 'GoError';
  }
}

/** What k6 rejects some promises with: as text it is its message alone. */
export class BareError extends Error {
  static {
    BareError.prototype.name = '';
  }
}
