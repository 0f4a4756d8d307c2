// @exit 107
export function setup() {
  throw new Error('no luck');
}

export default function () {
  console.log('is not reached');
}

export function teardown() {
  console.log('teardown');
}
