// The other end of a calibration, in a process of its own so that its CPU time is not the generator's: answers every
// request with the same two bytes, which is as little work as a server can do. Tells its parent where it listens
// and, when asked, the CPU seconds it has used. It ends when its parent lets go of it, in whatever way.
import { type AddressInfo, createServer, type Socket } from 'node:net';

const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok');
const open = new Set<Socket>();
const server = createServer({ noDelay: true }, (socket) => {
  open.add(socket);
  socket.on('data', () => socket.write(answer));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => open.delete(socket));
});

// A Ctrl-C goes to the whole group; the parent ends in order and then this does.
process.on('SIGINT', () => undefined);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: (user + system) / 1e6, at: performance.now() / 1000 });
});
process.on('disconnect', () => {
  server.close();
  for (const socket of open) socket.destroy();
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}/` });
});
