import { GoError } from '../go-error.ts';
import { parsePage } from '../html/parse.ts';
import type { Selection } from '../html/selection.ts';
import { formText } from '../html/values.ts';
import { RequestFailure } from './failure.ts';
import { resolveReference } from './resolve.ts';
import { parseUrl } from './url.ts';

/** A response, as far as it is a page. */
export type Page = { readonly body: unknown; readonly url: string };

/** Sends a request for the VU that got the page, as `http.request` does. */
export type PageRequest<R> = (method: string, url: string, body: unknown, params: unknown) => Promise<R>;

/** The page as a document, or the part of it that `selector` names. Throws GoError for a page without a body. */
export function htmlOf({ body, url }: Page, ...selector: unknown[]): Selection {
  if (body === null) {
    throw new GoError(
      "the body is null so we can't transform it to HTML - this likely was because of a request error getting the response",
    );
  }
  const text = body instanceof ArrayBuffer ? Buffer.from(body).toString('utf8') : String(body);
  const page = parsePage(text, url);
  const [given] = selector;
  return given === undefined ? page : page.find(String(given));
}

/** Sends the first form that `formSelector` finds, as the button that `submitSelector` finds would. */
export async function submitForm<R>(page: Page, request: PageRequest<R>, ...args: unknown[]): Promise<R> {
  const { formSelector, submitSelector, fields, params } = read(args);
  const selector = formSelector === undefined ? 'form' : String(formSelector);
  const form = htmlOf(page, selector);
  if (form.size() === 0) {
    throw new GoError(`no form found for selector '${selector}' in response '${page.url}'`);
  }
  const submit = form.find(submitSelector === undefined ? '[type="submit"]' : String(submitSelector)).first();
  const own = form.serializeObject();
  const values: Record<string, unknown> = { ...own };
  const name = submit.attr('name');
  if (name !== undefined) values[String(name)] = submit.val() ?? '';
  if (typeof fields === 'object' && fields !== null) Object.assign(values, fields);
  const method = String(form.attr('method') ?? 'get').toUpperCase();
  const action = form.attr('action');
  const url = action === undefined || action === '' ? page.url : against(page.url, String(action));
  if (method !== 'GET') return request(method, url, asBody(own, values), params);
  return request(method, withQuery(url, values), null, params);
}

/** Follows the first link that `selector` finds. */
export async function clickLink<R>(page: Page, request: PageRequest<R>, ...args: unknown[]): Promise<R> {
  const { selector: given, params } = read(args);
  const selector = given === undefined ? 'a[href]' : String(given);
  const link = htmlOf(page, selector).first();
  if (link.size() === 0) {
    throw new GoError(`no element found for selector '${selector}' in response '${page.url}'`);
  }
  const href = link.attr('href');
  if (href === undefined) {
    throw new GoError(
      `no valid href attribute value found on element '${selector}' in response '${page.url}'`,
    );
  }
  return request('GET', against(page.url, String(href)), null, params);
}

function read(args: readonly unknown[]): Record<string, unknown> {
  if (args.length === 0 || args[0] === undefined) return {};
  if (args[0] === null) throw new TypeError('Cannot convert undefined or null to object');
  return Object(args[0]) as Record<string, unknown>;
}

function against(base: string, reference: string): string {
  try {
    parseUrl(reference);
    return resolveReference(base, reference);
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    throw new GoError(error.message.replace(/^invalid URL: /, ''), { cause: error });
  }
}

/** k6 writes a field with several values as Go prints a list. */
function asBody(own: Record<string, unknown>, values: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    Array.isArray(value) && value === own[name] ? `[${value.join(' ')}]` : value,
  ]);
  return Object.fromEntries(entries);
}

/** The query of a form takes the place of the one that its action has. */
function withQuery(url: string, values: Record<string, unknown>): string {
  const texts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  const query = formText(texts);
  const [, before = '', fragment = ''] = /^([^?#]*)(?:\?[^#]*)?(#.*)?$/s.exec(url) ?? [];
  return query === '' ? before + fragment : `${before}?${query}${fragment}`;
}
