import { SharedArray } from 'k6/data';
import * as client from './lib/client.js';
import Session, { calls, get, paths } from './lib/client.js';

const common = require('./lib/common.cjs');
const names = new SharedArray('names', () => ['a', 'b']);

export default function () {
  console.log(
    calls,
    Object.values(paths)
      .map((path) => get(path).status)
      .join(),
    calls,
    client.calls,
  );
  const session = Session.login('ada');
  console.log(session.orders().length, session.checked('listing', session.orders), names.length);
  console.log(common.name, common.twice('/get').join());
}
