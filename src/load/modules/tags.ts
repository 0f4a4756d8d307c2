import type { Tags } from '../metrics.ts';

/** `base` with the tags that a script gave. Throws for a value that is not text, a number or a boolean. */
export function withTags(base: Tags, given: Record<string, unknown> | null | undefined): Tags {
  let tags = base;
  for (const [key, value] of Object.entries(given ?? {})) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new TypeError(
        `invalid value for tag '${key}': only String, Boolean and Number types are accepted as tag values`,
      );
    }
    tags = tags.with(key, String(value));
  }
  return tags;
}
