import { WebSocketServer } from 'ws';

/** WebSockets under /ws: /ws/echo, /ws/greet, /ws/close?code=N, /ws/binary, /ws/protocol; /ws/refused is answered 403. */
export function attachSockets(server) {
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false),
  });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/ws/refused') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => serve(connection, url, request));
  });
}

function serve(connection, url, request) {
  const kind = url.pathname.split('/')[2];
  if (kind === 'greet') connection.send('welcome');
  if (kind === 'close') connection.close(Number(url.searchParams.get('code') ?? 1000), 'bye');
  if (kind === 'binary') connection.send(Uint8Array.from([1, 2, 3, 250]));
  if (kind === 'headers') connection.send(request.headers['x-hello'] ?? 'none');
  if (kind === 'drop') connection.terminate();
  connection.on('message', (data, isBinary) => {
    if (!isBinary && data.toString() === 'please close') connection.close(1000, 'as asked');
    else connection.send(data, { binary: isBinary });
  });
  connection.on('error', () => undefined);
}
