import { check } from 'k6';
import { WebSocket } from 'k6/websockets';

export default function () {
  const socket = new WebSocket(`${__ENV.WS}/ws/echo`, null, { tags: { kind: 'chat' } });
  socket.binaryType = 'arraybuffer';
  console.log(socket.readyState, socket.url === `${__ENV.WS}/ws/echo`, socket.bufferedAmount);
  let got = 0;
  socket.addEventListener('open', () => {
    console.log('open', socket.readyState);
    socket.send('one');
  });
  socket.onmessage = (event) => {
    got++;
    console.log('message', typeof event.data === 'string' ? event.data : new Uint8Array(event.data).join());
    if (got === 1) socket.send(new Uint8Array([1, 2, 250]).buffer);
    else socket.close();
  };
  socket.onclose = (event) => {
    check(got, { 'two messages': (count) => count === 2 });
    console.log('close', socket.readyState, event.type);
  };
  socket.onerror = (event) => console.log('error', event.error);
}
