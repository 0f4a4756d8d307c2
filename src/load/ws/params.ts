import { GoError } from '../go-error.ts';
import type { Jar } from '../http/cookies/cookie-jar.ts';
import { jarOf } from '../http/cookies/cookie-script.ts';
import { canonicalHeader } from '../http/headers.ts';

/** What a script may give when it opens a socket, read. */
export type SocketParams = {
  readonly headers: Record<string, string>;
  readonly deflate: boolean;
  readonly tags: Record<string, string>;
  /** The script's own; else the VU's. */
  readonly jar: Jar | undefined;
};

/** Throws GoError for a compression and for tags that k6 does not take. `what` begins its message for tags. */
export function readSocketParams(given: unknown, what: string): SocketParams {
  const params = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
  return {
    headers: readHeaders(params.headers),
    deflate: readCompression(params.compression),
    tags: readTags(params.tags, what),
    jar: jarOf(params.jar),
  };
}

function readHeaders(given: unknown): Record<string, string> {
  if (typeof given !== 'object' || given === null) return {};
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [canonicalHeader(name), String(value)]),
  );
}

function readCompression(given: unknown): boolean {
  if (given === undefined || given === null) return false;
  if (given === 'deflate') return true;
  throw new GoError(`unsupported compression algorithm '${given}', supported algorithm is 'deflate'`);
}

/** The tags in `given` as text. Throws GoError, its message begun by `what`, for a value that cannot be a tag. */
export function readTags(given: unknown, what: string): Record<string, string> {
  if (typeof given !== 'object' || given === null) return {};
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw new GoError(
          `${what}: invalid value for metric tag '${key}': only String, Boolean and Number types are accepted as a metric tag values`,
        );
      }
      return [key, String(value)];
    }),
  );
}
