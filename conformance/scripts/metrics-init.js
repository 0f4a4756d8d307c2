import { Counter, Trend } from 'k6/metrics';

const one = new Counter('same_name');
const two = new Counter('same_name');
for (const make of [
  () => new Trend('same_name'),
  () => new Counter('1starts_with_digit'),
  () => new Counter('has space'),
  () => new Counter(''),
  () => new Counter('x'),
]) {
  try {
    make();
    console.log('made');
  } catch (error) {
    console.log(error.message);
  }
}

export default function () {
  one.add(1);
  two.add(2);
  try {
    new Counter('too_late');
  } catch (error) {
    console.log(error.message);
  }
}
