import { check } from 'k6';

export default function () {
  try {
    check(1, {
      'first passes': () => true,
      'second throws': () => {
        throw new Error('inside');
      },
      'third is not reached': () => true,
    });
  } catch (error) {
    console.log(`caught ${error.message}`);
  }
  try {
    check(1, { 'a::b': () => true });
  } catch (error) {
    console.log(error.message);
  }
  try {
    check(1, { 'is async': async () => true });
  } catch (error) {
    console.log(error.message);
  }
  console.log('after');
}
