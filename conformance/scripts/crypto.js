import crypto from 'k6/crypto';

export default function () {
  for (const name of [
    'md4',
    'md5',
    'sha1',
    'sha256',
    'sha384',
    'sha512',
    'sha512_224',
    'sha512_256',
    'ripemd160',
  ]) {
    console.log(name, crypto[name]('some text', 'hex'), crypto.hmac(name, 'key', 'some text', 'base64'));
  }
  for (const form of ['base64', 'base64url', 'base64rawurl']) console.log(form, crypto.sha256('a', form));
  console.log(new Uint8Array(crypto.md5('a', 'binary')).join());
  const hash = crypto.createHash('sha1');
  hash.update('one');
  hash.update('two');
  console.log(hash.digest('hex'), crypto.sha1('onetwo', 'hex'));
  const hmac = crypto.createHMAC('sha256', 'secret');
  hmac.update('text');
  console.log(hmac.digest('hex'));
  console.log(crypto.sha256(new Uint8Array([1, 2, 3]).buffer, 'hex'), crypto.hexEncode('abc'));
  console.log(crypto.randomBytes(16).byteLength);
  for (const wrong of [() => crypto.sha1('a', 'nope'), () => crypto.randomBytes(-1)]) {
    try {
      wrong();
    } catch (error) {
      console.log(error.message);
    }
  }
}
