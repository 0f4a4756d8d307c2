import { cheerioLibrary } from '../html/document.ts';
import { parsePage } from '../html/parse.ts';

/** `k6/html`. */
export function htmlModule(): Record<string, unknown> {
  cheerioLibrary();
  return {
    parseHTML: (html: unknown) => parsePage(html === undefined || html === null ? '' : String(html), ''),
  };
}
