// @bytes free
import { check } from 'k6';
import ws from 'k6/ws';

export const options = { iterations: 2 };

export default function () {
  const response = ws.connect(
    `${__ENV.WS}/ws/echo`,
    { tags: { kind: 'old' }, headers: { 'X-Hello': 'you' } },
    (socket) => {
      socket.on('open', () => {
        console.log('open');
        socket.send('one');
        socket.sendBinary(new Uint8Array([7, 8]).buffer);
      });
      socket.on('message', (text) => {
        console.log('message', text);
        socket.setTimeout(() => {
          console.log('timeout');
          socket.close();
        }, 50);
      });
      socket.on('binaryMessage', (data) => console.log('binary', new Uint8Array(data).join()));
      socket.on('ping', () => console.log('ping'));
      socket.on('close', () => console.log('close'));
      socket.on('error', (error) => console.log('error', error.error()));
    },
  );
  check(response, { 'status is 101': (one) => one.status === 101 });
  console.log(Object.keys(response).sort().join(), response.error);
}
