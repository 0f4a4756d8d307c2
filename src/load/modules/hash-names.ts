/** k6's names of hashes, and OpenSSL's. MD4 has none: it is this engine's own. */
export const algorithms: Record<string, string> = {
  md4: '',
  md5: 'md5',
  sha1: 'sha1',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  sha512_224: 'sha512-224',
  sha512_256: 'sha512-256',
  ripemd160: 'ripemd160',
};

export const hashNames = Object.keys(algorithms);
