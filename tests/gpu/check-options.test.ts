import { describe, expect, test } from 'vitest';
import {
  boolean,
  callable,
  checkOptions,
  finite,
  fraction,
  integer,
  nearest,
  oneOf,
  pairRule,
  positive,
  seedRule,
  triple,
} from '../../src/gpu/check-options.ts';
import { describeValue } from '../../src/gpu/describe-value.ts';

interface Options {
  stride?: number;
  padding?: number;
  learningRate?: number;
  kind?: string;
}
const RULES = {
  stride: (v: unknown) => pairRule(v, 1),
  padding: (v: unknown) => pairRule(v, 0),
  learningRate: (v: unknown) => finite(v, 0),
  kind: (v: unknown) => oneOf(v, ['learned', 'released']),
};
const check = (options: unknown) => () => checkOptions('conv2d', options as Options, RULES);

describe('checkOptions', () => {
  test('accepts known options, undefined for the default, and no options', () => {
    check(undefined)();
    check({})();
    check({ stride: undefined, padding: [0, 2], learningRate: 0, kind: 'learned' })();
    check(Object.create({ stride: 2 }))();
  });

  test('numbers beyond the range of f32 are rejected', () => {
    const beyond = 'a number within the range of f32, at most 3.4e38';
    for (const rule of [finite, positive, (v: unknown) => finite(v, 0)]) {
      expect(rule(3.4e38)).toBeUndefined();
      expect([rule(1e39), rule(Number.MAX_VALUE)]).toEqual([beyond, beyond]);
    }
    expect(finite(-1e39)).toBe(beyond);
    expect(positive(Infinity)).toBe('a number above 0');
  });

  test.each([
    ['strides', 'stride'],
    ['Stride', 'stride'],
    ['pading', 'padding'],
    ['lr', 'learningRate'],
    ['learning_rate', 'learningRate'],
    ['rate', 'learningRate'],
    ['king', 'kind'],
  ])('suggests for %s', (key, known) => {
    expect(check({ [key]: 1 })).toThrow(
      `conv2d: unknown option "${key}" (known: stride, padding, learningRate, kind). Did you mean "${known}"?`,
    );
  });

  test.each(['groups', 'constructor', 'toString', '__proto_', 'x'])('has no suggestion for %s', (key) => {
    expect(check({ [key]: 1 })).toThrow(
      `conv2d: unknown option "${key}" (known: stride, padding, learningRate, kind).`,
    );
    expect(check({ [key]: 1 })).not.toThrow(/Did you mean/);
  });

  test('rejects an unknown inherited option, since reading the object would return it', () => {
    expect(check(Object.create({ strides: 2 }))).toThrow('unknown option "strides"');
  });

  test.each([
    [null, 'null'],
    [3, '3'],
    ['stride', "'stride'"],
    [[1, 2], '[1, 2]'],
    [Promise.resolve({}), 'a Promise (did you forget await?)'],
    [{ isTensor: true, shape: [2, 3] }, 'a tensor of shape [2, 3]'],
    [() => 1, 'the function '],
  ])('rejects %j as options', (options, shown) => {
    expect(check(options)).toThrow(`conv2d: options: got ${shown}`);
  });

  test.each([
    [{ padding: 'same' }, "conv2d: padding: got 'same', expected an integer >= 0 or [vertical, horizontal]"],
    [{ stride: 0 }, 'conv2d: stride: got 0, expected an integer >= 1 or [vertical, horizontal]'],
    [{ stride: [1, 2, 3] }, 'conv2d: stride: got [1, 2, 3], expected'],
    [{ stride: null }, 'conv2d: stride: got null, expected'],
    [{ learningRate: '0.1' }, "conv2d: learningRate: got '0.1', expected a number >= 0"],
    [{ learningRate: Number.NaN }, 'conv2d: learningRate: got NaN, expected a number >= 0'],
    [
      { kind: 'lerned' },
      "conv2d: kind: got 'lerned', expected one of 'learned', 'released'. Did you mean 'learned'?",
    ],
  ])('rejects the value in %j', (options, message) => {
    expect(check(options)).toThrow(RangeError);
    expect(check(options)).toThrow(message);
  });
});

test('rules', () => {
  const wrong = (rule: (value: unknown) => string | undefined, values: unknown[]) =>
    values.filter((value) => rule(value) !== undefined);
  const values = [-1, 0, 0.5, 1, 2, Number.NaN, Number.POSITIVE_INFINITY, '1', null, true, [1], 1n];
  expect(wrong((v) => integer(v), values)).toEqual([-1, 0.5, NaN, Infinity, '1', null, true, [1], 1n]);
  expect(wrong((v) => integer(v, 1, 1), values)).toEqual([
    -1,
    0,
    0.5,
    2,
    NaN,
    Infinity,
    '1',
    null,
    true,
    [1],
    1n,
  ]);
  expect(wrong((v) => finite(v, 0, 1), values)).toEqual([-1, 2, NaN, Infinity, '1', null, true, [1], 1n]);
  expect(wrong(positive, values)).toEqual([-1, 0, NaN, Infinity, '1', null, true, [1], 1n]);
  expect(wrong(fraction, values)).toEqual([-1, 1, 2, NaN, Infinity, '1', null, true, [1], 1n]);
  expect(wrong(seedRule, values)).toEqual([0.5, NaN, Infinity, '1', null, true, [1], 1n]);
  expect(wrong(boolean, values)).toEqual(values.filter((v) => v !== true));
  expect(wrong(callable, [() => 1, 1])).toEqual([1]);
  expect(wrong((v) => triple(v, 0), [[1, 1, 1], [0, 1, 1], [1, 1], [1, 1, NaN], 1])).toEqual([
    [0, 1, 1],
    [1, 1],
    [1, 1, NaN],
    1,
  ]);
  expect(integer(-1, 1, 8)).toBe('an integer from 1 to 8');
});

test('nearest', () => {
  expect(nearest('float32', ['f32', 'u32', 'i32'])).toBeUndefined();
  expect(nearest('hardswish', ['none', 'hardSwish'])).toBe('hardSwish');
});

test('describeValue', () => {
  expect(
    ['a', 3n, undefined, { a: 1, b: 2 }, [1, [2]], new Map(), class Foo {}].map((value) =>
      describeValue(value),
    ),
  ).toEqual([
    "'a'",
    '3n',
    'undefined',
    'an object { a, b }',
    '[1, [...]]',
    'an object of class Map',
    'the class Foo',
  ]);
});
