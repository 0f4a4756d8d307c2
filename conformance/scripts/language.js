// What k6's engine and Node have in common.
const map = new Map([['a', 1]]);
const { a, ...rest } = { a: 1, b: 2, c: 3 };

class Base {
  #hidden = 1;
  static made = 0;
  static {
    Base.made = 5;
  }
  get hidden() {
    return this.#hidden;
  }
  set hidden(value) {
    this.#hidden = value;
  }
  static has(one) {
    return #hidden in one;
  }
}

function* numbers(to) {
  for (let n = 0; n < to; n++) yield n;
}

export default function () {
  const base = new Base();
  base.hidden += 2;
  console.log(base.hidden, Base.made, Base.has(base), Base.has({}), a, rest, [...numbers(3)].join());
  console.log(
    null ?? 'x',
    base?.none?.deep,
    2 ** 10,
    1_000,
    10n * 2n,
    `${[1, 2].at(-1)}`,
    Object.hasOwn(rest, 'b'),
  );
  console.log(
    [3, 1, 2].toSorted().join(),
    [1, 2, 3].findLast((n) => n < 3),
    [[1], [2]].flat().join(),
    Object.fromEntries(map).a,
  );
  console.log(
    'aXbX'.replaceAll('X', '-'),
    [...'a1b2'.matchAll(/\d/g)].map(([digit]) => digit).join(),
    'x'.padStart(3, '-'),
  );
  outer: for (const x of [1, 2, 3]) {
    for (const y of [1, 2, 3]) {
      if (y === 2) continue outer;
      if (x === 3) break outer;
      console.log(x, y);
    }
  }
  const tagged = (strings, ...values) => strings.raw.join('|') + values.join();
  console.log(
    tagged`a${1}b${2}c`,
    new Proxy({}, { get: (_, name) => name }).any,
    Reflect.ownKeys({ z: 1 }).join(),
  );
  console.log(
    new Date(Date.UTC(2024, 1, 29)).toISOString(),
    JSON.stringify({ d: new Date(0) }),
    Number('0x10'),
    parseInt('12px', 10),
  );
  try {
    throw new Error('outer', { cause: 'inner' });
  } catch (error) {
    console.log(error.cause, error instanceof Error);
  }
}
