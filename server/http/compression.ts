/**
 * For routes whose answers may be above 1 KB; quotes and orders do without the hook. A stream has no size beforehand
 * and is always compressed. gzip first: brotli takes more CPU for little fewer bytes of JSON.
 */
export const compression = {
  threshold: 1024,
  customTypes: /^(application\/(x-nd)?json|text\/plain)/,
  encodings: ['gzip', 'br', 'deflate'] as ('gzip' | 'br' | 'deflate')[],
};
