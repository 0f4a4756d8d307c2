import { get, globalAgent } from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Loader, OnLoadResult, OnResolveArgs, OnResolveResult } from 'esbuild';
import { messageOf } from '../../errors.ts';

/** The namespace that the bundler keeps modules in that were fetched. */
export const remote = 'https';

/** As long as k6 waits for a module. */
const timeoutMs = 60_000;
const mostRedirects = 10;

/** What has been fetched, by URL: a process that compiles a script several times fetches its modules once. */
const fetched = new Map<string, Promise<string>>();

/** Where an import leads that is a URL, or stands in a file that came from one; otherwise undefined. */
export function resolveRemote({
  path: target,
  importer,
  namespace,
}: OnResolveArgs): OnResolveResult | undefined {
  const isRelative = /^\.{0,2}\//.test(target);
  if (namespace === remote && isRelative) return { path: new URL(target, importer).href, namespace: remote };
  if (target.startsWith('https://')) return { path: new URL(target).href, namespace: remote };
  const scheme = /^(\w+):\/\//.exec(target)?.[1];
  if (namespace === remote && scheme === 'file') {
    return refused(`${new URL(importer).origin} may not load the local file ${target}`);
  }
  if (scheme === undefined || scheme === 'file') return undefined;
  return refused(`${target} cannot be imported by ${scheme}: give a file or an https URL`);
}

function refused(text: string): OnResolveResult {
  return { errors: [{ text, detail: { code: 'SCRIPT' } }] };
}

/** The text of the module at `url`. What the bundler is told names the URL and what went wrong. */
export async function loadRemote(url: string): Promise<OnLoadResult> {
  const known = fetched.get(url);
  const loading = known ?? fetchModule(url);
  fetched.set(url, loading);
  try {
    return { contents: await loading, loader: loaderOf(url), resolveDir: '/' };
  } catch (error) {
    fetched.delete(url);
    return { errors: [{ text: `cannot fetch ${url}: ${messageOf(error)}`, detail: { code: 'SCRIPT' } }] };
  }
}

function loaderOf(url: string): Loader {
  const ending = path.extname(new URL(url).pathname);
  return ending === '.ts' ? 'ts' : ending === '.json' ? 'json' : 'js';
}

/** k6 lets a server know first who asks. */
async function fetchModule(url: string): Promise<string> {
  const asked = new URL(url);
  asked.searchParams.set('_k6', '1');
  return (await fetchText(asked.href, 0)) ?? (await fetchText(url, 0)) ?? notFound();
}

function notFound(): never {
  throw new Error('the server has no such module');
}

/** The body of a response with status 200, or undefined for another one. Throws when there is no response. */
async function fetchText(url: string, redirects: number): Promise<string | undefined> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const failed = (error: Error) =>
      reject(signal.aborted ? new Error(`no answer within ${timeoutMs / 1000} seconds`) : error);
    get(url, { agent: globalAgent, signal }, resolve).on('error', failed);
  });
  const { statusCode = 0, headers } = response;
  if (statusCode === 200) return text(response);
  response.resume();
  if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return undefined;
  if (redirects === mostRedirects) throw new Error(`more than ${mostRedirects} redirects`);
  const next = new URL(headers.location, url);
  if (next.protocol !== 'https:') throw new Error(`it redirects to ${next.href}, which is not https`);
  return fetchText(next.href, redirects + 1);
}
