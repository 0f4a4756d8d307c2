export const options = { foo: 1, iterations: 1 };

export default function () {
  console.log('still runs');
}
