import { InvalidArgumentError } from 'commander';
import { FxscaleError } from './errors.ts';
import { parseCount } from './units.ts';

/** A parser from units.ts as a commander argument parser: what it refuses becomes the flag's error. */
export function flag<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof FxscaleError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** A count of worker threads, or `auto`. */
export function parseWorkers(text: string): number | 'auto' {
  return text === 'auto' ? text : flag(parseCount)(text);
}
