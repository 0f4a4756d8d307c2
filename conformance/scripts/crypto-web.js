const bytes = (text) => new Uint8Array([...text].map((char) => char.charCodeAt(0)));
const hex = (buffer) =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export default async function () {
  console.log(hex(await crypto.subtle.digest('SHA-256', bytes('text'))));
  console.log(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4/.test(crypto.randomUUID()),
    crypto.getRandomValues(new Uint8Array(4)).length,
  );
  const raw = bytes('0123456789abcdef');
  const mac = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, true, [
    'sign',
    'verify',
  ]);
  const signature = await crypto.subtle.sign('HMAC', mac, bytes('message'));
  console.log(hex(signature), await crypto.subtle.verify('HMAC', mac, signature, bytes('message')));
  const key = await crypto.subtle.importKey('raw', raw, 'AES-CBC', true, ['encrypt', 'decrypt']);
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-CBC', iv: bytes('fedcba9876543210') },
    key,
    bytes('secret text'),
  );
  console.log(hex(sealed), key.type, key.extractable, key.usages.join());
  console.log(
    hex(await crypto.subtle.decrypt({ name: 'AES-CBC', iv: bytes('fedcba9876543210') }, key, sealed)),
  );
  console.log(hex(await crypto.subtle.exportKey('raw', key)));
}
