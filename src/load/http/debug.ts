import { randomUUID } from 'node:crypto';
import type { LogFields } from '../console.ts';
import type { VU } from '../vu.ts';
import type { Answer } from './exchange.ts';
import { headerLines } from './headers.ts';

/** Logs a request as k6's `httpDebug` does; gives the id that its response is logged with. */
export function logRequest(vu: VU, head: string, body: Buffer | undefined): string {
  const id = randomUUID();
  const lines = head.trimEnd().split('\r\n');
  // k6 prints this header though it does not send it.
  if (!lines.some((line) => line.startsWith('Accept-Encoding:'))) lines.push('Accept-Encoding: gzip');
  const content = vu.session.options.httpDebug === 'full' ? (body?.toString('utf8') ?? '') : '';
  log(vu, `Request:\n${lines.join('\n')}\n\n${content}\n`, id);
  return id;
}

export function logResponse(vu: VU, id: string, answer: Answer): void {
  const [status = ''] = answer.head.split(/\r?\n/, 1);
  const lines = headerLines(answer.head);
  // What frames a body is no header to k6; it prints one of these all the same.
  if (isChunked(answer, lines)) lines.push(['Transfer-Encoding', 'chunked']);
  const headers = lines.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const shown = [status, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const full = vu.session.options.httpDebug === 'full';
  log(vu, `Response:\n${shown.join('\n')}\n\n${full ? contentOf(answer, headers) : ''}\n`, id);
}

/** What tells the body's length stands first. */
function rank(name: string): number {
  return name === 'Content-Length' || name === 'Transfer-Encoding' ? 0 : 1;
}

function isChunked({ status }: Answer, lines: readonly (readonly [string, string])[]): boolean {
  const has = (name: string, value?: string) =>
    lines.some(([key, text]) => key === name && (value === undefined || text.toLowerCase() === value));
  const framed = has('Content-Length') || has('Transfer-Encoding') || has('Connection', 'close');
  return !framed && status !== 204 && status !== 304;
}

function contentOf({ text, pieces }: Answer, headers: readonly (readonly [string, string])[]): string {
  const content = text ?? Buffer.concat(pieces).toString('utf8');
  if (!headers.some(([name]) => name === 'Transfer-Encoding')) return content;
  const size = Buffer.byteLength(content);
  return size === 0 ? '0\n\n' : `${size.toString(16)}\n${content}\n0\n\n`;
}

function log(vu: VU, message: string, id: string): void {
  const fields: LogFields = {
    source: 'http-debug',
    request_id: id,
    group: vu.group.path,
    vu: String(vu.id),
    iter: String(vu.iteration ?? 0),
    scenario: vu.scenario?.name ?? '',
  };
  vu.session.log('info', message, fields);
}
