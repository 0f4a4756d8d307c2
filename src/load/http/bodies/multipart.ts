import { randomBytes } from 'node:crypto';
import { GoError } from '../../go-error.ts';
import { goText, goType } from '../go-text.ts';
import { fieldText, type RequestBody } from './form.ts';

/** What `http.file()` gives: a file for a multipart body. */
export class FileData {
  data: string | ArrayBuffer;
  filename: string;
  content_type: string;

  constructor(data: string | ArrayBuffer, filename: string, contentType: string) {
    this.data = data;
    this.filename = filename;
    this.content_type = contentType;
  }
}

/** `http.file(data, filename?, contentType?)`. Throws GoError for data that is neither text nor an ArrayBuffer. */
export function file(data?: unknown, filename?: unknown, contentType?: unknown): FileData {
  if (typeof data !== 'string' && !(data instanceof ArrayBuffer))
    throw new GoError(`invalid type ${goType(data)}, expected string or ArrayBuffer`);
  return new FileData(
    data,
    filename === undefined ? nanoseconds() : String(filename),
    contentType === undefined ? 'application/octet-stream' : String(contentType),
  );
}

/** The time since the epoch, which is how k6 calls a file without a name. */
function nanoseconds(): string {
  const now = performance.timeOrigin + performance.now();
  return `${Math.floor(now)}${String(Math.floor((now % 1) * 1e6)).padStart(6, '0')}`;
}

/** `fields` as multipart/form-data (RFC 7578): the plain ones first, then the files. */
export function encodeMultipart(
  fields: readonly [name: string, value: unknown][],
  warn: (text: string) => void,
): RequestBody {
  const boundary = randomBytes(30).toString('hex');
  const parts = fields.flatMap(([name, value]) =>
    value instanceof FileData
      ? []
      : [plainPart(name, Array.isArray(value) ? goText(value) : fieldText(name, value, warn))],
  );
  const files = fields.flatMap(([name, value]) => (value instanceof FileData ? [filePart(name, value)] : []));
  const pieces = [...parts, ...files].flatMap((part) => [
    Buffer.from(`--${boundary}\r\n`),
    part,
    Buffer.from('\r\n'),
  ]);
  return {
    bytes: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

function plainPart(name: string, text: string): Buffer {
  return Buffer.from(`Content-Disposition: form-data; name="${escaped(name)}"\r\n\r\n${text}`, 'utf8');
}

function filePart(name: string, { data, filename, content_type }: FileData): Buffer {
  const head = `Content-Disposition: form-data; name="${escaped(name)}"; filename="${escaped(filename)}"\r\nContent-Type: ${content_type}\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(head),
    typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data),
  ]);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
