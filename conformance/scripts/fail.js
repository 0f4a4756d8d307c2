import { check, fail } from 'k6';

export const options = { iterations: 2 };

export default function () {
  if (!check(1, { two: (value) => value === 2 })) fail('is not two');
  console.log('is not reached');
}
