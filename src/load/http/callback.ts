import { GoError } from '../go-error.ts';
import { RequestFailure } from './failure.ts';

/** Which responses are expected, by status; null says nothing of any. */
export type Expectation = ((status: number) => boolean) | null;

/** k6's default. */
export function isUsual(status: number): boolean {
  return status >= 200 && status < 400;
}

/** What `http.expectedStatuses` gives: a value without properties. */
class ExpectedStatuses {}

const tests = new WeakMap<object, (status: number) => boolean>();

/** `http.expectedStatuses(...)`: whole numbers and `{ min, max }`. Throws GoError for anything else. */
export function expectedStatuses(...given: unknown[]): object {
  if (given.length === 0) throw new GoError('no arguments');
  const ranges = given.map((one, i) => rangeOf(one, i + 1));
  const statuses = new ExpectedStatuses();
  tests.set(statuses, (status) => ranges.some(({ min, max }) => status >= min && status <= max));
  return statuses;
}

function rangeOf(given: unknown, place: number): { min: number; max: number } {
  if (given === null || given === undefined)
    throw new TypeError('Cannot convert undefined or null to object');
  if (Number.isInteger(given)) return { min: given as number, max: given as number };
  const { min, max } = given as { min?: unknown; max?: unknown };
  if (typeof given !== 'object' || min === undefined || max === undefined) {
    throw new GoError(
      `argument number ${place} to expectedStatuses was neither an integer nor an object like {min:100, max:329}`,
    );
  }
  if (!Number.isInteger(min) || !Number.isInteger(max))
    throw new GoError(`both min and max need to be integers for argument number ${place}`);
  return { min: min as number, max: max as number };
}

/** A request's `responseCallback`. Throws a RequestFailure for what is none. */
export function readExpectation(value: unknown): Expectation {
  if (value === null || value === undefined) return null;
  const test = typeof value === 'object' ? tests.get(value) : undefined;
  if (test === undefined) throw new RequestFailure('unsupported responseCallback', 0, { bare: true });
  return test;
}

/** The argument of `http.setResponseCallback`. Throws GoError for what is none. */
export function setExpectation(given: readonly unknown[]): Expectation {
  const [value] = given;
  if (given.length === 0 || value === null) return null;
  const test = typeof value === 'object' ? tests.get(value) : undefined;
  if (test === undefined) throw new GoError('unsupported argument, expected http.expectedStatuses');
  return test;
}
