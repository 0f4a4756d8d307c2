// @bytes free
import { check } from 'k6';
import grpc from 'k6/net/grpc';

const client = new grpc.Client();
const services = client.load(['./data'], 'greeter.proto');
console.log(services.length > 0);

export const options = { iterations: 2 };

export default function () {
  client.connect(__ENV.GRPC, { plaintext: true });
  const response = client.invoke(
    'hello.Greeter/SayHello',
    { name: 'Ada' },
    { metadata: { 'x-who': 'me' }, tags: { call: 'hello' } },
  );
  check(response, { 'is OK': ({ status }) => status === grpc.StatusOK });
  console.log(response.status, response.message.text, JSON.stringify(response.error));
  const none = client.invoke('hello.Greeter/SayHello', { name: 'nobody' });
  console.log(none.status === grpc.StatusNotFound, none.error.message, none.error.code);
  try {
    client.invoke('hello.Greeter/Nothing', {});
  } catch (error) {
    console.log(error.message);
  }
  client.close();
}
