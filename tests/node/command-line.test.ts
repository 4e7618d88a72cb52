import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { commandLine } from '../../src/cli/shared/options.ts';

test('the command that repeats a run omits the output folder, and is quoted for a shell', () => {
  const args = [
    'train',
    '--out',
    'x y',
    '--data',
    "it's here",
    '--json',
    '--lr',
    '0.01',
    '--out=z',
    '--force',
  ];
  expect(commandLine(args)).toBe("npx feathergrad train --data 'it'\\''s here' --lr 0.01");
});

test('every option with a value rejects an empty one, as from a variable that is not set', () => {
  for (const command of commands()) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
    for (const option of command.options) {
      if (!option.required) continue;
      const parse = () => command.parse([option.long as string, ''], { from: 'user' });
      expect(parse, `${command.name()} ${option.long}`).toThrow(CommanderError);
      expect(parse, `${command.name()} ${option.long}`).toThrow(
        /argument '' is invalid\. (expected|Allowed)/i,
      );
    }
  }
});

test('an option with several values collects them', () => {
  const targets = commands().find((command) => command.name() === 'targets');
  const weights = targets?.options.find(({ long }) => long === '--weights');
  expect(weights?.parseArg?.('b', weights.parseArg('a', undefined as never) as never)).toEqual(['a', 'b']);
});
