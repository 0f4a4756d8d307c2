const MASK = '***';

/** What stands between scheme and host: the password, unless it is masked already. */
const userinfo = /([a-z][a-z0-9+.-]*:\/\/[^\s/?#:@"'<>]*:)(?!\*+@)[^\s/?#@"'<>]+(?=@)/gi;
/** The value of a header, as a line or in JSON. */
const headers =
  /((?:^|[\s"'{,])(?:proxy-)?(?:authorization|x-api-key|x-auth-token|api-key)["']?\s*:\s*\[?\s*["']?)(?!\*)[^"'\r\n\]}]+/gi;
/** Credentials after the name of their scheme. */
const schemes = /\b(Bearer|Basic)(\s+)[\w+/=.~-]{8,}/g;
/** Parameters of a URL or form. */
const parameters =
  /([?&;](?:[a-z]+[_-])?(?:token|password|passwd|pwd|secret|api[_-]?key|apikey|signature|sig)=)[^&;\s"'#<>]+/gi;

/**
 * The text without what must not be kept or shown: passwords in URLs, authorisation headers, tokens in parameters.
 * To be used wherever text that came from a script or a target is written down.
 */
export function maskSecrets(text: string): string {
  return text
    .replace(userinfo, `$1${MASK}`)
    .replace(headers, `$1${MASK}`)
    .replace(schemes, `$1$2${MASK}`)
    .replace(parameters, `$1${MASK}`);
}
