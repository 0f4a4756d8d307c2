// @bytes free
import grpc, { Stream } from 'k6/net/grpc';

const client = new grpc.Client();
client.load(['./data'], 'greeter.proto');

export default function () {
  client.connect(__ENV.GRPC, { plaintext: true });
  const stream = new Stream(client, 'hello.Greeter/CountTo');
  stream.on('data', ({ text }) => console.log('data', text));
  stream.on('error', (error) => console.log('error', error.message));
  stream.on('end', () => {
    console.log('end');
    client.close();
  });
  stream.write({ n: 3 });
  stream.end();
}
