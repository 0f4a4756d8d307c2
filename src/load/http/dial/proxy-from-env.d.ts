declare module 'proxy-from-env' {
  /** The URL of the proxy for `url` from the environment, '' when it is to be reached directly. */
  export function getProxyForUrl(url: string): string;
}
