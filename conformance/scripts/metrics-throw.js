// @flags --throw
import { Counter } from 'k6/metrics';

const counter = new Counter('strict');

export default function () {
  try {
    counter.add('nonsense');
  } catch (error) {
    console.log(error.message);
  }
}
