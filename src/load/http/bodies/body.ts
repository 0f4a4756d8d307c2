import { RequestFailure } from '../failure.ts';
import { goType } from '../go-text.ts';
import { encodeForm, type RequestBody } from './form.ts';
import { encodeMultipart, FileData } from './multipart.ts';

const none: RequestBody = { bytes: undefined, contentType: undefined };

/**
 * A body as bytes: text, an ArrayBuffer, or an object, which becomes a form, or multipart when it holds files. `warn`
 * is told what a form cannot hold. Throws a RequestFailure for a body of another type.
 */
export function encodeBody(body: unknown, warn: (text: string) => void): RequestBody {
  if (body === null || body === undefined) return none;
  if (typeof body === 'string') return { bytes: Buffer.from(body, 'utf8'), contentType: undefined };
  if (body instanceof ArrayBuffer) return { bytes: Buffer.from(body), contentType: undefined };
  if (body instanceof Uint8Array) {
    return { bytes: Buffer.from(body.buffer, body.byteOffset, body.byteLength), contentType: undefined };
  }
  if (typeof body !== 'object' || Array.isArray(body) || isNumbers(body)) throw unknownType(goType(body));
  if (body instanceof FileData) throw unknownType('*http.FileData');
  const fields = Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1));
  return fields.some(([, value]) => value instanceof FileData)
    ? encodeMultipart(fields, warn)
    : encodeForm(fields, warn);
}

function isNumbers(body: object): boolean {
  return ArrayBuffer.isView(body) && !(body instanceof DataView);
}

function unknownType(name: string): RequestFailure {
  return new RequestFailure(`unknown request body type ${name}`, 0, { bare: true });
}
