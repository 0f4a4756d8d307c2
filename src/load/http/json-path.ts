import { FxscaleError } from '../../errors.ts';

/**
 * The part of `value` that a gjson path names: keys and indices divided by dots, `#` for the length of an array or
 * for each of its elements, `\.` for a dot in a key. Undefined when there is none. The path language has more
 * (queries, modifiers, wildcards); a path that uses it ends the run rather than giving something else.
 */
export function selectJson(value: unknown, path: string): unknown {
  if (/[*?|@({[!]|#\(/.test(path)) {
    throw new FxscaleError(
      'SCRIPT',
      `json(${JSON.stringify(path)}): of gjson's paths only keys, indices and # are supported yet`,
    );
  }
  const steps = path.match(/(?:\\.|[^.\\])+/g)?.map((step) => step.replace(/\\(.)/g, '$1')) ?? [];
  return walk(value, steps);
}

function walk(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (step === '#') {
    if (!Array.isArray(value)) return undefined;
    if (rest.length === 0) return value.length;
    return value.map((element) => walk(element, rest)).filter((element) => element !== undefined);
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return walk((value as Record<string, unknown>)[step], rest);
}
