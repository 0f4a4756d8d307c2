/** A body as it was given, in bytes, with the content type that its kind implies. */
export type RequestBody = { readonly bytes: Buffer | undefined; readonly contentType: string | undefined };

/** `fields` as a form; a list is its key once for each element. */
export function encodeForm(
  fields: readonly (readonly [key: string, value: unknown])[],
  warn: (text: string) => void,
): RequestBody {
  const pairs = fields.flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map(
      (one: unknown) => `${escapeQuery(key)}=${escapeQuery(fieldText(key, one, warn))}`,
    ),
  );
  return { bytes: Buffer.from(pairs.join('&'), 'latin1'), contentType: 'application/x-www-form-urlencoded' };
}

/** The text of a form's field; what has none is empty, and what has parts of its own is warned of. */
export function fieldText(key: string, value: unknown, warn: (text: string) => void): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object' && typeof value !== 'function') return String(value);
  warn(`the value of the form's field "${key}" is neither text nor a number: it is sent as an empty value`);
  return '';
}

/** Text in a form as Go's url.QueryEscape writes it. */
function escapeQuery(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
