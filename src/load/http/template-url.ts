import { RequestFailure } from './failure.ts';
import { goText } from './go-text.ts';
import { parseTarget } from './target.ts';

/** What the tag of a template gives: a URL with a name that leaves its parts out. */
export class TemplateUrl {
  readonly name: string;
  readonly url: string;
  /** With credentials masked. */
  readonly clean_url: string;

  constructor(texts: readonly string[], values: readonly unknown[]) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the holes as k6 writes them
    this.name = texts.join('${}');
    this.url = texts.map((text, i) => text + (i < values.length ? String(values[i]) : '')).join('');
    this.clean_url = clean(this.url);
  }
}

function clean(url: string): string {
  try {
    return url.includes('@') ? parseTarget(url).url : url;
  } catch {
    return url;
  }
}

/** The text of an address that a script gave, which is text or a TemplateUrl. Throws a RequestFailure otherwise. */
export function addressText(address: unknown): string {
  if (typeof address === 'string') return address;
  if (address instanceof TemplateUrl) return address.url;
  throw new RequestFailure(`invalid URL: '#${goText(address)}'`, 1020, { bare: true });
}
