import { GoError } from '../go-error.ts';
import type { Tags } from '../metrics.ts';

/** `base` with the tags that a script gave. Throws for a value that is not text, a number or a boolean. */
export function withTags(base: Tags, given: Record<string, unknown> | null | undefined): Tags {
  if (given === null || given === undefined) return base;
  let tags = base;
  for (const key of Object.keys(given)) {
    const value = given[key];
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new GoError(
        `invalid value for metric tag '${key}': only String, Boolean and Number types are accepted as a metric tag values`,
      );
    }
    tags = tags.with(key, String(value));
  }
  return tags;
}
