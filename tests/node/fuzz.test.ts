// Mutated valid files: every reader reads them or throws its documented error, and never accepts altered content that a
// checksum covers. The long form is `node scripts/fuzz.mjs`.
import { afterAll, describe, expect, test } from 'vitest';
import { fuzz, subjects } from '../support/fuzz.ts';

const { list, close } = await subjects();
afterAll(close);

describe('mutated files are read or rejected', () => {
  test.each(list.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
    const counts = await fuzz(subject, { files: 60 });
    expect(counts.refused + counts.unchanged + counts.altered).toBe(counts.files);
    expect(counts.refused).toBeGreaterThan(0);
  });
});
