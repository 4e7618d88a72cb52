import { expect, test } from 'vitest';
import { isBetter } from '../../src/train/is-better.ts';

test.each([
  [{ accuracy: 0.6, loss: 2 }, { accuracy: 0.5, loss: 1 }, true],
  [{ accuracy: 0.4, loss: 0 }, { accuracy: 0.5, loss: 1 }, false],
  [{ accuracy: 0.5, loss: 0.9 }, { accuracy: 0.5, loss: 1 }, true],
  [{ accuracy: 0.5, loss: 1 }, { accuracy: 0.5, loss: 1 }, false],
  [{ accuracy: 0.5, loss: 1.1 }, { accuracy: 0.5, loss: 1 }, false],
  [{ accuracy: 0.5, loss: Number.NaN }, { accuracy: 0.5, loss: 1 }, false],
  // the checkpoint of a version without the loss
  [{ accuracy: 0.5, loss: 1 }, { accuracy: 0.5 }, false],
  [{ accuracy: 0.6, loss: 1 }, { accuracy: 0.5 }, true],
])('%j after %j: %j', (later, best, expected) => {
  expect(isBetter(later, best)).toBe(expected);
});
