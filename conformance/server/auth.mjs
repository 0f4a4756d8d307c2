import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

export function basicAuth(request, response, _url, [user, password]) {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  if (request.headers.authorization === expected) respond(response, 200, { authenticated: true, user });
  else challenge(response, `Basic realm="conformance"`);
}

const realm = 'conformance';
const nonce = '5f0b1e3a9c7d2468';

/** One nonce for everybody, so that what is sent does not differ from run to run by the server's doing. */
export function digestAuth(request, response, _url, [user, password]) {
  const sent = fieldsOf(request.headers.authorization ?? '');
  const first = md5(`${user}:${realm}:${password}`);
  const second = md5(`${request.method}:${sent.uri}`);
  const expected = md5([first, nonce, sent.nc, sent.cnonce, sent.qop, second].join(':'));
  if (sent.username === user && sent.nonce === nonce && sent.response === expected) {
    respond(response, 200, { authenticated: true, user, nc: sent.nc, qop: sent.qop });
  } else {
    challenge(
      response,
      `Digest realm="${realm}", qop="auth", nonce="${nonce}", opaque="abcd", algorithm=MD5`,
    );
  }
}

function challenge(response, value) {
  response.setHeader('WWW-Authenticate', value);
  respond(response, 401, { authenticated: false });
}

function respond(response, status, value) {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
}

function fieldsOf(header) {
  const fields = header.replace(/^Digest\s+/, '').matchAll(/(\w+)=(?:"([^"]*)"|([^,\s]+))/g);
  return Object.fromEntries([...fields].map(([, name, quoted, plain]) => [name, quoted ?? plain]));
}

function md5(text) {
  return createHash('md5').update(text).digest('hex');
}
