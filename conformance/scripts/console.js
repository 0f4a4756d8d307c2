console.log('in init', __VU);

export default function () {
  console.log('text', 5, 1.5, true, null, undefined, -0, Number.NaN, 12345678901234567890n);
  console.log({ a: 1, b: [1, { c: 2 }], d: undefined, e: null }, [1, 'x', [2]], []);
  console.log(
    () => 1,
    function named() {},
    class A {},
  );
  console.log(new Error('an error'), new TypeError('of type'), new Date(0), /re/g, Symbol('s'));
  console.log(new Map([[1, 2]]), new Set([1]), new Uint8Array([1, 2]), new ArrayBuffer(2));
  console.log('line\nbreak\ttab "quotes" back\\slash ünïcode € 😀');
  console.log('', ' ', 'a=b', 'with space');
  console.log();
  console.debug('debug');
  console.info('info');
  console.warn('warn');
  console.error('error', new Error('inside'));
  const circle = {};
  circle.self = circle;
  console.log(circle);
  console.log('%s %d', 'format', 5);
  console.log(
    Object.create(null),
    new (class Named {
      x = 1;
    })(),
    { toJSON: () => 'own' },
  );
  console.log([undefined, () => 1], { f: () => 1 }, Promise.resolve(1), new WeakMap());
}
