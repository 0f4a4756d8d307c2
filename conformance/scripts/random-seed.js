import { randomSeed } from 'k6';

export default function () {
  randomSeed(123456789);
  console.log(Math.random(), Math.random(), Math.random());
}
