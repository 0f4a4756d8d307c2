import http from 'k6/http';

export const options = { iterations: 2 };

export async function setup() {
  const response = await http.asyncRequest('GET', `${__ENV.BASE}/get`);
  return { status: response.status };
}

export default async function (data) {
  await Promise.resolve();
  console.log(data.status);
}

export async function teardown(data) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  console.log('teardown', data.status);
}
