import { expect, test } from 'vitest';
import { commandLine } from '../../src/cli/shared/options.ts';

test('the command that repeats a run omits the output folder, and is quoted for a shell', () => {
  const args = ['train', '--out', 'x y', '--data', "it's here", '--json', '--lr', '0.01', '--out=z'];
  expect(commandLine(args)).toBe("npx feathergrad train --data 'it'\\''s here' --lr 0.01");
});
