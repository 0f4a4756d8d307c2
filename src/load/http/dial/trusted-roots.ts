import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const systemRoots = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The certificates that are trusted, as k6 finds them: SSL_CERT_FILE and SSL_CERT_DIR, else the system's; undefined
 * for Node's own. NODE_EXTRA_CA_CERTS is trusted as well.
 */
export function trustedRoots(): string[] | undefined {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: folders, NODE_EXTRA_CA_CERTS: extra } = process.env;
  const named = file ? [file] : folders ? [] : systemRoots.filter((path) => existsSync(path)).slice(0, 1);
  const inFolders = (folders ?? '')
    .split(':')
    .filter((folder) => folder !== '' && existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const paths = [...named, ...inFolders];
  if (paths.length === 0) return undefined;
  const texts = [...paths, ...(extra ? [extra] : [])].flatMap(readIfThere);
  return texts.filter((text) => text.includes('-----BEGIN CERTIFICATE-----'));
}

/** A file that cannot be read trusts nobody, as in Go. */
function readIfThere(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}
