import { check, group, sleep } from 'k6';
import http from 'k6/http';

const base = __ENV.BASE;
const status = (code) => http.get(`${base}/status/${code}`).status;
const lib = { nested: { call: status }, bound: status.bind(null, 201) };

class Client {
  #count = 0;
  visit(code) {
    this.#count++;
    return status(code);
  }
  get count() {
    return this.#count;
  }
}

function recurse(n) {
  return n === 0 ? [] : [status(200 + n), ...recurse(n - 1)];
}

function withDefault(code = status(202)) {
  return code;
}

export default function () {
  console.log(
    [200, 201].map((code) => status(code)).join(),
    [200, 404].filter((code) => status(code) === 200).length,
  );
  [200, 201].forEach((code, index) => {
    console.log(index, status(code));
  });
  console.log(
    [1, 2].reduce((sum, n) => sum + status(200 + n), 0),
    [404, 200].some((code) => status(code) === 200),
  );
  console.log(
    [404, 200].find((code) => status(code) === 200),
    [1].flatMap((n) => [status(200 + n), n]).join(),
  );
  const client = new Client();
  // biome-ignore lint/complexity/useLiteralKeys: one of the forms to be tried
  console.log(client.visit(200), client?.visit?.(201), client['visit'](202), client.count);
  console.log(lib.nested.call.call(null, 200), lib.nested.call.apply(null, [201]), lib.bound());
  const { call: pulled } = lib.nested;
  console.log(pulled(200), recurse(3).join(), withDefault(), withDefault(5));
  try {
    status(500) === 500 && sleep(0.001);
    throw new Error('x');
  } catch (error) {
    console.log(error.message, status(200));
  } finally {
    console.log('finally', status(201));
  }
  console.log(`${status(200)} in a template`, Math.max(...[1, 2].map((n) => status(200 + n))));
  for (let code = status(200); code < 203; code++) if (status(code) === 201) continue;
  const chain = { value: 1 };
  console.log(
    chain.value && status(200),
    status(404) === 404 ? status(200) : status(500),
    // biome-ignore lint/complexity/noCommaOperator: one of the forms to be tried
    (status(200), status(201)),
  );
  check(
    group('g', () => status(200)),
    { [`computed ${status(201)}`]: (value) => value === 200, calls: () => status(202) === 202 },
  );
  console.log([3, 1, 2].sort((x, y) => status(200 + x) - status(200 + y)).join());
}
