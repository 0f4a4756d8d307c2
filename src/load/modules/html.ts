import { parsePage } from '../html/parse.ts';

/** `k6/html`. */
export function htmlModule(): Record<string, unknown> {
  return {
    parseHTML: (html: unknown) => parsePage(html === undefined || html === null ? '' : String(html), ''),
  };
}
