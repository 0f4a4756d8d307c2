// @exit 255
export function setup() {
  return { call: () => 1 };
}

export default function () {}
