import { Buffer } from 'node:buffer';
import { api } from './api.mjs';
import { basicAuth, digestAuth } from './auth.mjs';
import { compressed } from './compressed.mjs';
import { echo, readBody } from './echo.mjs';
import { faults } from './faults.mjs';
import { pages } from './pages.mjs';

/** One function per first segment of the path; each gets the request, the response, the URL and the other segments. */
const routes = {
  '': (_request, response) => text(response, 200, 'hello'),
  get: echo,
  post: echo,
  put: echo,
  patch: echo,
  delete: echo,
  anything: echo,
  options: (_request, response) => {
    response.setHeader('Allow', 'GET, POST, OPTIONS');
    text(response, 200, '');
  },
  status: (_request, response, _url, [code]) => text(response, Number(code), `status ${code}`),
  bytes: (_request, response, _url, [count]) => {
    response.setHeader('Content-Type', 'application/octet-stream');
    response.end(Buffer.from(Array.from({ length: Number(count) }, (_, index) => index % 251)));
  },
  repeat: (_request, response, _url, [word, count]) => text(response, 200, word.repeat(Number(count))),
  delay: (_request, response, _url, [ms]) => setTimeout(() => text(response, 200, `after ${ms}`), Number(ms)),
  redirect: (_request, response, _url, [count]) => {
    const left = Number(count) - 1;
    redirect(response, 302, left > 0 ? `/redirect/${left}` : '/get');
  },
  'redirect-to': (_request, response, url) =>
    redirect(response, Number(url.searchParams.get('status') ?? 302), url.searchParams.get('url') ?? ''),
  cookies: (request, response, url, [action, ...rest]) => cookies(request, response, url, action, rest),
  stream: (_request, response, _url, [count]) => stream(response, Number(count)),
  headers: (_request, response) => {
    response.setHeader('X-Multi', ['a', 'b']);
    response.setHeader('x-lower-case', 'v');
    response.setHeader('X-Empty', '');
    text(response, 200, 'headers');
  },
  json: (_request, response) => json(response, document),
  'not-json': (_request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end('{"a": 1,\n "b": oops}');
  },
  'raw-headers': (request, response) => json(response, named(request.rawHeaders)),
  early: (_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    text(response, 200, 'after hints');
  },
  trailers: async (_request, response) => {
    response.writeHead(200, { Trailer: 'X-Sum', 'Transfer-Encoding': 'chunked' });
    response.write('body');
    response.addTrailers({ 'X-Sum': '4' });
    response.end();
  },
  'basic-auth': basicAuth,
  'digest-auth': digestAuth,
  ...compressed,
  ...faults,
  ...pages,
  api,
};

const document = {
  name: 'Ada',
  age: 36,
  tags: ['x', 'y', 'z'],
  address: { city: 'London', 'post.code': 'W1' },
  friends: [
    { first: 'Bob', last: 'Smith', age: 44, nets: ['ig', 'fb'] },
    { first: 'Cy', last: 'Jones', age: 68, nets: ['tw'] },
    { first: 'Di', last: 'Smith', age: 47, nets: [] },
  ],
  empty: null,
  yes: true,
  big: 9007199254740992,
  small: 0.1,
};

export async function answer(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const [first, ...rest] = url.pathname.slice(1).split('/');
  const route = Object.hasOwn(routes, first) ? routes[first] : undefined;
  if (route === undefined) {
    await readBody(request);
    text(response, 404, 'no such path');
    return;
  }
  await route(request, response, url, rest);
}

function text(response, status, body) {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain');
  response.end(body);
}

function json(response, value) {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
}

function redirect(response, status, location) {
  response.statusCode = status;
  if (location !== '') response.setHeader('Location', location);
  response.end('moved');
}

/** Names of headers as they came, without the host. */
function named(raw) {
  return raw.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() !== 'host' ? [[name, raw[index + 1]]] : [],
  );
}

function cookies(request, response, url, action, rest) {
  if (action === 'set' || action === 'plain') {
    const given = [...url.searchParams].map(([name, value]) => `${name}=${value}; Path=/`);
    response.setHeader('Set-Cookie', given);
    if (action === 'set') redirect(response, 302, '/cookies');
    else text(response, 200, 'set');
  } else if (action === 'raw') {
    response.setHeader('Set-Cookie', url.searchParams.getAll('c'));
    text(response, 200, 'set');
  } else if (action === 'delete') {
    const gone = [...url.searchParams.keys()].map((name) => `${name}=; Path=/; Max-Age=0`);
    response.setHeader('Set-Cookie', gone);
    redirect(response, 302, '/cookies');
  } else {
    const sent = request.headers.cookie ?? '';
    const sorted = sent === '' ? [] : sent.split('; ').sort();
    json(response, {
      at: ['', 'cookies', action, ...rest].filter((one) => one !== undefined).join('/'),
      sorted,
    });
  }
}

async function stream(response, count) {
  response.setHeader('Content-Type', 'text/plain');
  for (let index = 0; index < count; index++) {
    response.write(`line ${index}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}
