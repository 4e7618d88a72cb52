import { describe, expect, test } from 'vitest';
import { matchClassNames } from '../../src/data/expression-names.ts';
import { parsePixels, parseVotes, voteColumns } from '../../src/data/index.ts';

const TITLES =
  'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF'.split(',');

describe('fer2013new.csv', () => {
  test('columns are found by their titles, which must be in order', () => {
    expect(voteColumns(TITLES, 'v.csv')).toEqual({ usage: 0, name: 1, votes: 2 });
    const swapped = [...TITLES];
    [swapped[4], swapped[7]] = [swapped[7]!, swapped[4]!];
    expect(() => voteColumns(swapped, 'v.csv')).toThrow(
      'v.csv, line 1, column 5: got the title "disgust", expected "surprise". The votes must be in the order',
    );
    expect(() => voteColumns(TITLES.slice(0, 11), 'v.csv')).toThrow(
      'column 12: got the title "", expected "NF"',
    );
    expect(() => voteColumns(['a', 'b'], 'v.csv')).toThrow('expected the columns Usage');
  });

  test.each(['0x10', '0.5', '-1', '', ' ', '1e1', '11', '+1', 'NaN', '1 2', '\u0661', '999'])(
    'a vote of %j is rejected with its position',
    (vote) => {
      const cells = ['Training', 'fer1.png', '9', vote, ...new Array<string>(8).fill('0')];
      expect(() => parseVotes(cells, 2, 'v.csv', 7)).toThrow(
        `v.csv, line 7, column 4 (happiness): got "${vote.trim()}", expected an integer from 0 to 10`,
      );
    },
  );

  test('the votes are those of ten people; one row of the original has nine', () => {
    const row = (first: number) => [String(first), '0', '5', '0', '0', '0', '0', '0', '0', '0'];
    expect(parseVotes(row(5), 0, 'v.csv', 2)).toEqual([5, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
    expect(parseVotes(row(4), 0, 'v.csv', 2)[0]).toBe(4);
    for (const [first, sum] of [
      [6, 11],
      [0, 5],
    ] as const) {
      expect(() => parseVotes(row(first), 0, 'v.csv', 2)).toThrow(`sum to ${sum}, expected 10`);
    }
  });
});

test.each(['0 1 2 x', '0 1 2 256', '0 1 2 -1', '0 1 2 0x1', '0 1 2 1.5'])(
  'pixels %j are rejected',
  (text) => {
    expect(parsePixels(text, 'a')).toMatchObject({ reason: 'a pixel is not an integer from 0 to 255' });
  },
);

test('names of inherited properties are valid class names', () => {
  const names = ['constructor', '__proto__', 'toString'];
  expect(matchClassNames(names, ['Happy', 'Sadness'])).toEqual([-1, -1, -1]);
  expect(matchClassNames(names, [...names].reverse())).toEqual([2, 1, 0]);
});
