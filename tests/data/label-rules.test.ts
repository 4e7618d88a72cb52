import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchClassNames } from '../../src/data/expression-names.ts';
import { distributionFromVotes, LABEL_RULES, labelFromVotes } from '../../src/data/label-rules.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';

const NAMES = ['Neutral', 'Happy', 'Surprise', 'Sadness', 'Anger', 'Disgust', 'Fear', 'Contempt'] as const;
/** Ten votes, distributed at random. */
const anyVotes = fc
  .array(fc.nat(9), { minLength: 10, maxLength: 10 })
  .map((columns) => Array.from({ length: 10 }, (_, column) => columns.filter((c) => c === column).length));

/** Microsoft's `_process_data` in mode "majority", statement by statement. */
function majorityOfMicrosoft(raw: readonly number[]): string | null {
  const emotions = [...raw];
  for (let i = 0; i < emotions.length; i++) if (emotions[i]! < 1 + Number.EPSILON) emotions[i] = 0;
  const sum = emotions.reduce((a, b) => a + b, 0);
  const most = Math.max(...emotions);
  if (!(most > 0.5 * sum)) return null;
  return NAMES[emotions.indexOf(most)] ?? null;
}

const nameOf = (label: number | null) => (label === null ? null : FER_CLASSES[label]);

describe('labels from votes', () => {
  test('majority agrees with Microsoft’s code', () => {
    fc.assert(
      fc.property(anyVotes, (votes) => {
        expect(nameOf(labelFromVotes(votes, 'majority'))).toBe(majorityOfMicrosoft(votes));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['exactly half is not a majority', [5, 5, 0, 0, 0, 0, 0, 0, 0, 0], null, 'Neutral'],
    ['single votes do not count', [5, 4, 1, 0, 0, 0, 0, 0, 0, 0], 'Neutral', 'Neutral'],
    ['all single', [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], null, 'Neutral'],
    ['unknown counts in the sum', [0, 0, 0, 0, 5, 0, 0, 0, 5, 0], null, 'Anger'],
    ['unknown wins', [2, 0, 0, 0, 0, 0, 0, 0, 8, 0], null, null],
    ['no face', [0, 0, 0, 0, 0, 0, 0, 0, 0, 10], null, null],
    ['nobody voted', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], null, null],
    ['contempt', [1, 0, 0, 0, 0, 0, 0, 9, 0, 0], 'Contempt', 'Contempt'],
    ['a tie goes to the first column', [0, 0, 0, 3, 0, 3, 3, 0, 1, 0], null, 'Sadness'],
  ] as const)('%s', (_, votes, majority, argmax) => {
    expect(nameOf(labelFromVotes(votes, 'majority'))).toBe(majority);
    expect(nameOf(labelFromVotes(votes, 'argmax'))).toBe(argmax);
    expect(labelFromVotes(votes, 'distribution')).toBe(labelFromVotes(votes, 'argmax'));
  });

  test('a distribution is in the order of the classes and omits votes that are not for an expression', () => {
    const shares = distributionFromVotes([4, 2, 0, 0, 1, 0, 1, 0, 2, 0]);
    const byName = Object.fromEntries(FER_CLASSES.map((name, i) => [name, shares[i]]));
    expect(byName).toEqual({
      Surprise: 0,
      Fear: 0.125,
      Disgust: 0,
      Happy: 0.25,
      Sadness: 0,
      Anger: 0.125,
      Neutral: 0.5,
      Contempt: 0,
    });
    expect(() => distributionFromVotes([0, 0, 0, 0, 0, 0, 0, 0, 6, 4])).toThrow(
      /no vote is for an expression/,
    );
  });

  test.each(LABEL_RULES)('%s needs ten counts', (rule) => {
    expect(() => labelFromVotes([1, 2, 3], rule)).toThrow(/got 3 vote counts, expected 10/);
  });
});

test('class names are matched by spelling, by case and by expression', () => {
  const known = ['Surprise', 'Fear', 'Disgust', 'Happy', 'Sadness', 'Anger', 'Neutral'];
  expect(matchClassNames(['Happy', 'FEAR', 'sad', 'angry', 'surprised', 'Contempt', 'x'], known)).toEqual([
    3, 1, 4, 5, 0, -1, -1,
  ]);
  expect(matchClassNames(['Anger'], ['angry', 'happy'])).toEqual([0]);
  expect(matchClassNames(['cat'], ['Cat', 'cat'])).toEqual([1]);
});
