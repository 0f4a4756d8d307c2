import { check, group } from 'k6';

export default function () {
  console.log(check(5, { 'is five': (value) => value === 5, 'is odd': (value) => value % 2 === 1 }));
  console.log(check(5, { 'is five': (value) => value === 6 }));
  console.log(
    check([], { 'empty list': (value) => value, zero: () => 0, text: () => 'x', nothing: () => null }),
  );
  console.log(check(null, { literal: true, 'literal no': false, undef: undefined }));
  console.log(check(1, {}));
  group('inner', () => {
    check(1, { 'in a group': (value) => value === 1 }, { colour: 'red' });
    group('deeper', () => check(1, { 'in a group': (value) => value === 2 }));
  });
  const async = { 'returns a promise': () => Promise.resolve(false) };
  console.log(check(1, async));
}
