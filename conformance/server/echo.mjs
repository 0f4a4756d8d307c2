import { Buffer } from 'node:buffer';

/** The whole body of a request. */
export async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Answers with what was asked, in JSON that is the same for everybody who asks the same. */
export async function echo(request, response, url) {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  const { host: _host, ...headers } = request.headers;
  const answer = { method: request.method, path: url.pathname, args: argsOf(url), headers: sorted(headers) };
  if (type.startsWith('multipart/form-data')) {
    answer.parts = partsOf(body.toString('latin1'), type);
    answer.headers['content-type'] = 'multipart/form-data';
  } else if (isText(body)) {
    answer.body = body.toString();
  } else {
    answer.base64 = body.toString('base64');
  }
  response.setHeader('Content-Type', 'application/json');
  response.end(request.method === 'HEAD' ? '' : JSON.stringify(answer));
}

function argsOf(url) {
  return [...url.searchParams].map(([name, value]) => `${name}=${value}`);
}

function sorted(headers) {
  const named = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isText(body) {
  return Buffer.from(body.toString()).equals(body);
}

/** Headers and bodies of the parts, in the order of their names: objects have none in k6. */
function partsOf(body, type) {
  const boundary = /boundary=([^;]+)/.exec(type)?.[1] ?? '';
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head, ...rest] = part.replace(/^\r\n/, '').split('\r\n\r\n');
      return { head: head.split('\r\n').sort(), body: rest.join('\r\n\r\n').replace(/\r\n$/, '') };
    })
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
