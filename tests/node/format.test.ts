import { expect, test } from 'vitest';
import {
  clock,
  compact,
  duration,
  mebibytes,
  megabytes,
  number,
  percent,
  speed,
} from '../../src/text/format.ts';

test('percent prints 100 and 0 only if exact', () => {
  expect([0, 0.5, 0.863, 0.9999, 1].map((share) => percent(share))).toEqual([
    '0 %',
    '50.0 %',
    '86.3 %',
    '99.9 %',
    '100 %',
  ]);
  expect([0, 0.004, 0.5, 0.996, 1].map((share) => percent(share, 0))).toEqual([
    '0 %',
    '<1 %',
    '50 %',
    '99 %',
    '100 %',
  ]);
  expect([percent(0.0001), percent(Number.NaN)]).toEqual(['<0.1 %', '–']);
});

test('numbers and sizes', () => {
  expect([
    number(1297733),
    number(1.25),
    number(1.25, 1),
    compact(217_000_000),
    speed(9.87),
    speed(1234.5),
  ]).toEqual(['1,297,733', '1', '1.3', '217M', '9.9', '1,235']);
  expect([megabytes(2_644_000), megabytes(12_300_000)]).toEqual(['2.64 MB', '12.3 MB']);
  expect([mebibytes(2 ** 20 * 1.5), mebibytes(2 ** 20 * 1536)]).toEqual(['1.5 MiB', '1,536 MiB']);
});

test('times', () => {
  expect([0, 59.6, 61, 3661, -1].map(clock)).toEqual(['0:00', '1:00', '1:01', '1:01:01', '0:00']);
  expect([9.44, 42.4, 59.9, 185, 3599.7, 7800].map(duration)).toEqual([
    '9.4 s',
    '42 s',
    '1 min 0 s',
    '3 min 5 s',
    '1 h 0 min',
    '2 h 10 min',
  ]);
});
