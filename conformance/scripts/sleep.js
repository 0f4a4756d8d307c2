import { randomSeed, sleep } from 'k6';

sleep(0.01);

export default function () {
  const started = Date.now();
  sleep(0.2);
  const took = Date.now() - started;
  console.log(took >= 199 && took < 5000);
  sleep(0);
  sleep(-1);
  randomSeed(42);
  const first = Math.random();
  randomSeed(42);
  console.log(first === Math.random());
}
