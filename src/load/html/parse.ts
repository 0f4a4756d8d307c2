import './selection-loops.ts';
import { Selection } from './selection.ts';

/** The document in `html` as a selection of its root; `url` is where it came from. */
export function parsePage(html: string, url: string): Selection {
  return Selection.parse(html, url);
}
