import { readBody } from './echo.mjs';

const quotes = ['EURUSD', 'GBPUSD', 'USDJPY'].map((symbol, index) => ({
  id: index + 1,
  symbol,
  bid: 1 + index / 10,
}));

/**
 * A small service without memory: users register and log in, and those who show the token read, make, change and
 * delete orders. What it answers depends on the request alone, so that everybody sees the same.
 */
export async function api(request, response, url, [what, id]) {
  const body = await readBody(request);
  const sent = body.length > 0 ? bodyOf(request, body.toString()) : {};
  if (what === 'quotes')
    return send(response, 200, id === undefined ? quotes : (quotes[Number(id) - 1] ?? null));
  if (what === 'register') return send(response, 201, { id: 7, username: sent.username });
  if (what === 'login') {
    if (sent.password !== 'pass') return send(response, 401, { error: 'wrong password' });
    return send(response, 200, { access: `token-of-${sent.username}` });
  }
  if (what !== 'orders') return send(response, 404, { error: `no ${url.pathname}` });
  if (!/^Bearer token-of-/.test(request.headers.authorization ?? '')) {
    return send(response, 401, { error: 'who are you?' });
  }
  return orders(request.method, response, id, sent);
}

function orders(method, response, id, sent) {
  if (method === 'POST') return send(response, 201, { id: 42, ...sent });
  if (method === 'DELETE') return send(response, 204);
  if (method === 'GET' && id === undefined) return send(response, 200, [{ id: 42 }, { id: 43 }]);
  return send(response, 200, { ...sent, id: Number(id) });
}

function bodyOf(request, text) {
  if (/json/.test(request.headers['content-type'] ?? '')) return JSON.parse(text);
  return Object.fromEntries(new URLSearchParams(text));
}

function send(response, status, value) {
  response.statusCode = status;
  if (value === undefined) return response.end();
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
}
