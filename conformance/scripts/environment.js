// @flags -e A=1 -e EMPTY=
// @env FROM_OUTSIDE=yes
export const options = { iterations: Number(__ENV.A) };

export default function () {
  console.log(__ENV.A, JSON.stringify(__ENV.EMPTY), __ENV.FROM_OUTSIDE, __ENV.NONE, typeof __ENV);
  __ENV.A = 'changed';
  console.log(__ENV.A, Object.keys(__ENV).includes('BASE'));
}
