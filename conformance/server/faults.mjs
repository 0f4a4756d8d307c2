/** Paths whose answers are no good: no answer, half of one, or something else than HTTP. */
export const faults = {
  hang: () => undefined,
  reset: (request) => request.socket.destroy(),
  'reset-hard': (request) => request.socket.resetAndDestroy(),
  partial: (_request, response) => {
    response.writeHead(200, { 'Content-Length': '100' });
    response.write('only this', () => response.socket.destroy());
  },
  'bad-chunk': (request) =>
    raw(request, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nbody\r\n'),
  garbage: (request) => raw(request, 'this is not HTTP at all\r\n\r\n'),
  'until-close': (request) =>
    raw(request, 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end'),
  'old-http': (request) => raw(request, 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold'),
  'no-reason': (request) => raw(request, 'HTTP/1.1 200\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'),
  'odd-status': (request) =>
    raw(request, 'HTTP/1.1 299 Quite Fine\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'),
};

function raw(request, bytes) {
  request.socket.end(bytes);
}
