import { check } from 'k6';
import { SharedArray } from 'k6/data';
import { scenario } from 'k6/execution';
import http from 'k6/http';

const users = new SharedArray('users', () => JSON.parse(open('./data/users.json')).users);

export const options = {
  scenarios: { 'use-all': { executor: 'shared-iterations', vus: 1, iterations: users.length } },
};

export default function () {
  const user = users[scenario.iterationInTest];
  const response = http.post(`${__ENV.BASE}/api/login`, {
    username: user.name,
    password: user.age > 40 ? 'wrong' : 'pass',
  });
  console.log(user.name, response.status);
  check(response, { 'logged in': ({ status }) => status === 200 }, { user: user.name });
}
