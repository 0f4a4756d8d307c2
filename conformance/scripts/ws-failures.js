import ws from 'k6/ws';

export default function () {
  const refused = ws.connect(`${__ENV.WS}/ws/refused`, (socket) => {
    socket.on('error', (error) => console.log('event', error.error()));
  });
  console.log(refused.status, refused.body);
  try {
    console.log(ws.connect('ws://127.0.0.1:1/', () => undefined).error);
  } catch (error) {
    console.log('thrown', error.message);
  }
  try {
    ws.connect(`${__ENV.WS}/ws/echo`, (socket) => {
      socket.on('open', () => {
        throw new Error('in the handler');
      });
    });
  } catch (error) {
    console.log('thrown', error.message);
  }
}
