import { WebSocket } from 'k6/websockets';

export default function () {
  const refused = new WebSocket(`${__ENV.WS}/ws/refused`);
  refused.onerror = (event) => console.log('refused', event.type);
  refused.onclose = () => {
    console.log('refused is closed', refused.readyState);
    const dead = new WebSocket('ws://127.0.0.1:1/');
    dead.onerror = () => console.log('dead');
  };
  for (const wrong of [
    () => new WebSocket('http://x/'),
    () => new WebSocket('nonsense'),
    () => new WebSocket(),
  ]) {
    try {
      wrong();
      console.log('made');
    } catch (error) {
      console.log(error.message.split('\n')[0]);
    }
  }
}
