import { z } from 'zod';

/** What the values of fxscale.yaml may be. A scalar is text, in the notation of the flags. */

/** What a value may be: as a schema, and as the texts that are given to the flag, one for each time it is repeated. */
export type Kind = {
  schema: z.ZodType;
  /** Such as "a rate". */
  what: string;
  texts(value: unknown): string[];
};

const number = String.raw`\d+(?:\.\d+)?`;
/** One, or lowest..likeliest..highest, of which the last gives the others its unit. */
const ranged = (unit: string) => `(?:(?:${number}(?:${unit})?\\.\\.){2})?${number}(?:${unit})`;

export function text(what: string, pattern: string): Kind {
  return {
    what,
    schema: z.string().regex(new RegExp(`^(?:${pattern})$`)),
    texts: (value) => [String(value)],
  };
}

/** YAML's numbers are numbers to an editor, and text here. */
export function figure(what: string, pattern: string, asNumber: z.ZodNumber = z.number().min(0)): Kind {
  const { schema, texts } = text(what, pattern);
  return { what, schema: z.union([asNumber, schema]), texts };
}

function whole(what: string, pattern: string, least: number): Kind {
  return figure(what, pattern, z.number().multipleOf(1).min(least));
}

export function choice(...names: [string, ...string[]]): Kind {
  return { what: `one of ${names.join(', ')}`, schema: z.enum(names), texts: (value) => [String(value)] };
}

export const yesOrNo: Kind = {
  what: 'true or false',
  schema: z.union([z.boolean(), z.enum(['true', 'false'])]),
  texts: (value) => [String(value)],
};

/** One, or a list. */
export function some({ what, schema, texts }: Kind): Kind {
  return {
    what,
    schema: z.union([schema, z.array(schema)]),
    texts: (value) => (Array.isArray(value) ? value : [value]).flatMap(texts),
  };
}

const time = '(?:ns|us|µs|ms|s|m|h|d)';
export const duration = text('a duration', `(?:${number}${time})+|${ranged(time)}`);
export const slos = some(text('an SLO', String.raw`(?:.+:)?p\d\d?(?:\.\d+)?=(?:${number}${time})+`));
export const rate = text('a rate', ranged('[kM]?/(?:ms|s|m|min|h|d)'));
export const growth = text('a growth', ranged('%/(?:y|mo)'));
export const workers = whole('a count of threads, or auto', String.raw`[1-9]\d*|auto`, 1);
export const count = whole('a whole number of 1 or more', String.raw`[1-9]\d*`, 1);
export const zones = whole('a count of zones of 2 or more', String.raw`[2-9]|[1-9]\d+`, 2);
export const release = figure('a Kubernetes release', String.raw`1\.\d+`, z.number().min(1).lt(2));
export const seed = whole('a whole number', String.raw`\d+`, 0);
export const plain = figure('a number', ranged(''));
export const cores = figure('an amount of CPU', ranged('m|'));
const size = '(?:Ki|Mi|Gi|Ti|k|M|G|T)?B?';
export const bytes = text('an amount of memory', `${number}${size}`);
/** Also a range, and numbers, which are bytes. */
export const sizes = figure('an amount of memory or storage', ranged(size));
export const horizon = text('a horizon', String.raw`[1-9]\d*(?:mo|y)`);
export const shares = text('a percentage', ranged('%'));
export const percent = text('a percentage', `${number}%`);
export const anything = (what: string) => text(what, String.raw`\S(?:.*\S)?`);

export const mix: Kind = {
  what: 'a mix',
  schema: z.union([
    z.string().regex(/^[^=,]+=\d+(?:\.\d+)?%?(?:,[^=,]+=\d+(?:\.\d+)?%?)*$/),
    z.record(z.string(), z.union([z.number().min(0), z.string().regex(/^\d+(?:\.\d+)?%?$/)])),
  ]),
  texts: (value) =>
    typeof value === 'string'
      ? [value]
      : [
          Object.entries(value as Record<string, string>)
            .map((entry) => entry.join('='))
            .join(','),
        ],
};

type EventEntry = { name: string; multiplier: string; rise: string; decay: string; at?: string };
export const event: Kind = {
  what: 'an event',
  schema: z.union([
    z.string().regex(/^[^:@]+:[^:@]+:[^:@]+:[^:@]+(?:@.+)?$/),
    z.strictObject({
      name: z.string().regex(/^[^:@]+$/),
      multiplier: plain.schema,
      rise: duration.schema,
      decay: duration.schema,
      at: z.string().optional(),
    }),
  ]),
  texts: (value) => {
    if (typeof value === 'string') return [value];
    const { name, multiplier, rise, decay, at } = value as EventEntry;
    return [`${name}:${multiplier}:${rise}:${decay}${at === undefined ? '' : `@${at}`}`];
  },
};
