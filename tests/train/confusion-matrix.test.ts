import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfusionMatrix } from '../../src/train/confusion-matrix.ts';

describe('ConfusionMatrix', () => {
  // Three of class 0 (one called 1), one of class 1 (right), none of class 2.
  const small = () => {
    const matrix = new ConfusionMatrix(3);
    matrix.add(0, 0);
    matrix.add(0, 0);
    matrix.add(0, 1);
    matrix.add(1, 1);
    return matrix;
  };

  test('scores by hand', () => {
    const matrix = small();
    expect(matrix.total).toBe(4);
    expect(matrix.accuracy).toBe(0.75);
    expect(matrix.count(0, 1)).toBe(1);
    expect(matrix.perClass).toEqual([
      { precision: 1, recall: 2 / 3, f1: 0.8, support: 3 },
      { precision: 0.5, recall: 1, f1: 2 / 3, support: 1 },
      { precision: 0, recall: 0, f1: 0, support: 0 },
    ]);
    // The third class does not occur and does not lower the mean.
    expect(matrix.macroF1).toBeCloseTo((0.8 + 2 / 3) / 2, 12);
    matrix.add(0, 2);
    expect(matrix.macroF1).toBeCloseTo((2 / 3 + 2 / 3 + 0) / 3, 12);
  });

  test('an empty matrix has zeros, not NaN', () => {
    const matrix = new ConfusionMatrix(2);
    expect([matrix.accuracy, matrix.macroF1, matrix.total]).toEqual([0, 0, 0]);
    expect(matrix.perClass[0]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
  });

  test('survives a round trip through JSON', () => {
    const json: unknown = JSON.parse(JSON.stringify(small()));
    expect(json).toEqual([
      [2, 1, 0],
      [0, 1, 0],
      [0, 0, 0],
    ]);
    expect(ConfusionMatrix.from(json as number[][]).perClass).toEqual(small().perClass);
  });

  test('agrees with counting any list of answers', () => {
    const answers = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(answers, (pairs) => {
        const matrix = new ConfusionMatrix(4);
        for (const [truth, predicted] of pairs) matrix.add(truth, predicted);
        expect(matrix.accuracy).toBeCloseTo(pairs.filter(([t, p]) => t === p).length / pairs.length, 12);
        for (let label = 0; label < 4; label++) {
          const right = pairs.filter(([t, p]) => t === label && p === label).length;
          const are = pairs.filter(([t]) => t === label).length;
          const called = pairs.filter(([, p]) => p === label).length;
          const { precision, recall, f1 } = matrix.perClass[label]!;
          expect(precision).toBeCloseTo(called ? right / called : 0, 12);
          expect(recall).toBeCloseTo(are ? right / are : 0, 12);
          const harmonic = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
          expect(f1).toBeCloseTo(harmonic, 12);
        }
      }),
    );
  });

  test('the table for the terminal', () => {
    expect(small().toText(['Happy', 'Sadness', 'Surprise'])).toBe(
      [
        '             Hap   Sad  Sur    recall',
        'Happy          2     1    .      67 %',
        'Sadness        .     1    .     100 %',
        'Surprise       .     .    .       0 %',
        'precision  100 %  50 %  0 %      75 %',
      ].join('\n'),
    );
    const nearly = ConfusionMatrix.from([
      [999, 1],
      [0, 1000],
    ]);
    expect(nearly.toText(['class one', 'class two'])).toContain('class o  class t');
    expect(nearly.toText(['a', 'b'])).toContain('99 %');
  });

  test('errors', () => {
    const matrix = new ConfusionMatrix(3);
    expect(() => new ConfusionMatrix(0)).toThrow(/got 0, expected a positive integer/);
    expect(() => matrix.add(3, 0)).toThrow(/truth: got 3, expected a class from 0 to 2/);
    expect(() => matrix.add(0, -1)).toThrow(/predicted: got -1/);
    expect(() => matrix.add(0, 0.5)).toThrow(RangeError);
    expect(() => matrix.add(0, 0, -1)).toThrow(/times/);
    expect(() => matrix.toText(['a'])).toThrow(/1 names for 3 classes/);
    expect(() => ConfusionMatrix.from([[1, 2]])).toThrow(/row 0 has 2 counts, expected 1/);
  });
});
