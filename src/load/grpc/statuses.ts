import { codeNames } from './wire.ts';

/**
 * A number that is an object, as k6 has gRPC's codes: equal to another only when both are the same one, a number in
 * arithmetic and in JSON, and its name as text.
 */
export type NamedNumber = { valueOf(): number };

/** `methods` are the names of the functions that k6 shows of it. */
function named(number: number, name: string, methods: Record<string, () => unknown>): NamedNumber {
  return Object.defineProperties(
    { ...methods },
    {
      valueOf: { value: () => number },
      toString: { value: () => name },
      toJSON: { value: () => number },
    },
  ) as NamedNumber;
}

const codes = new Map<number, NamedNumber>();

/** The code of a response as scripts see it. */
export function statusOf(code: number): NamedNumber {
  const known = codes.get(code);
  if (known !== undefined) return known;
  const name = codeNames[code] ?? `Code(${code})`;
  const made = named(code, name, { string: () => name, unmarshalJSON: () => undefined });
  codes.set(code, made);
  return made;
}

const healthNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const health = healthNames.map((name, number) =>
  named(number, name, {
    ...{ descriptor: () => undefined, enum: () => number, enumDescriptor: () => undefined },
    ...{ number: () => number, string: () => name, type: () => undefined },
  }),
);

/** A service's status as scripts see it. */
export function healthOf(number: number): NamedNumber {
  return health[number] ?? named(number, String(number), {});
}

export const statusConstants: Record<string, NamedNumber> = Object.fromEntries(
  codeNames.map((name, code) => [`Status${name}`, statusOf(code)]),
);

/** The last is written so in k6. */
export const healthConstants: Record<string, NamedNumber> = {
  HealthCheckUnknown: healthOf(0),
  HealthCheckServing: healthOf(1),
  HealthCheckNotServing: healthOf(2),
  HealthCheckServiceUnkown: healthOf(3),
};
