import { describe, expect, it } from 'vitest';
import { encodeSetupData } from '../../src/load/setup-data.ts';

describe('setup data', () => {
  it.each([
    [undefined, 'null'],
    ['str', '"str"'],
    [10n, '10'],
    [Symbol('x'), '"x"'],
    [-0, '0'],
    [{ b: 1, a: [undefined, null, true] }, '{"a":[null,null,true],"b":1}'],
    [new Date(0), '"1970-01-01T00:00:00Z"'],
    [new Date(1500), '"1970-01-01T00:00:01.5Z"'],
    [new Date(Date.UTC(2024, 0, 2, 3, 4, 50)), '"2024-01-02T03:04:50Z"'],
    [new Date(Date.UTC(2024, 0, 2, 3, 4, 5, 60)), '"2024-01-02T03:04:05.06Z"'],
    [new Date(Number.NaN), 'null'],
    [new Uint8Array([1, 2]), '"AQI="'],
    [new Uint8ClampedArray([1]), '"AQ=="'],
    [new Uint16Array([1, 2]), '[1,2]'],
    [new Float32Array([1.5]), '[1.5]'],
    [new ArrayBuffer(2), '{}'],
    [new Map([[1, 2]]), '[[1,2]]'],
    [new Set([1]), '[1]'],
    [/x/, '{}'],
    [Object.assign(new Error('m'), { code: 1 }), '{"code":1}'],
    [new Number(5), '5'],
    [new String('x'), '{}'],
    [new Boolean(true), 'true'],
    [Object.assign([1], { 2: 2 }), '[1,null,2]'],
    [1e21, '1e+21'],
  ])('%s is %s, as recorded', (data, json) => {
    expect(encodeSetupData(data)).toBe(json);
  });

  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  it.each([
    [Number.NaN, 'unsupported value: NaN'],
    [[Number.POSITIVE_INFINITY], 'unsupported value: +Inf'],
    [() => 1, 'unsupported type: func(sobek.FunctionCall) sobek.Value'],
    [{ toJSON: () => 1 }, 'unsupported type: func'],
    [cycle, 'encountered a cycle'],
  ])('refuses %s', (data, message) => {
    expect(() => encodeSetupData(data)).toThrow(message);
  });

  it('takes the same object twice where it is no cycle', () => {
    const shared = { x: 1 };
    expect(encodeSetupData({ p: shared, q: shared })).toBe('{"p":{"x":1},"q":{"x":1}}');
  });
});
