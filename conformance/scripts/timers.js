import { clearTimeout as clear, setInterval as every, setTimeout as later } from 'k6/timers';

export const options = { iterations: 2 };

export default function () {
  console.log('start', typeof setTimeout(() => console.log('first'), 10));
  later(() => console.log('third'), 60);
  setTimeout((a, b) => console.log('second', a, b), 30, 'x', 2);
  clear(later(() => console.log('never'), 20));
  let count = 0;
  const id = every(() => {
    count++;
    console.log('tick', count);
    if (count === 2) clearInterval(id);
  }, 100);
  Promise.resolve().then(() => console.log('microtask'));
  console.log('end');
}
