import { check, sleep } from 'k6';
import http from 'k6/http';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function twice(call) {
  return [await call(), await call()];
}

export default async function () {
  console.log('one');
  const later = wait(20).then(() => console.log('three'));
  console.log('two');
  await later;
  console.log((await twice(async () => http.get(`${__ENV.BASE}/get`).status)).join());
  const all = await Promise.all([1, 2, 3].map(async (n) => http.get(`${__ENV.BASE}/status/20${n}`).status));
  console.log(all.join());
  const settled = await Promise.allSettled([wait(5), Promise.reject(new Error('no'))]);
  console.log(settled.map(({ status }) => status).join(), settled[1].reason.message);
  console.log(await Promise.race([wait(500).then(() => 'slow'), wait(5).then(() => 'fast')]));
  check(await Promise.resolve(5), { five: (value) => value === 5 });
  sleep(0.01);
  try {
    await (async () => {
      throw new Error('thrown');
    })();
  } catch (error) {
    console.log(error.message);
  } finally {
    console.log('finally');
  }
}
