import { WebSocket } from 'k6/websockets';

export default function () {
  const socket = new WebSocket(`${__ENV.WS}/ws/echo`);
  socket.onopen = () => socket.ping();
  socket.onpong = () => {
    console.log('pong');
    socket.close();
  };
}
