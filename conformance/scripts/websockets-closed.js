import { WebSocket } from 'k6/websockets';

export default function () {
  const socket = new WebSocket(`${__ENV.WS}/ws/close?code=1001`);
  socket.onopen = () => console.log('open');
  socket.onclose = (event) => console.log('closed by the server', event.code, event.reason);
}
