export default function () {
  setTimeout(() => console.log('is not reached'), 5000);
  throw new Error('before the timer');
}
