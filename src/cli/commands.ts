import { type Command, InvalidArgumentError } from 'commander';
import { evalCommand } from './eval/command.ts';
import { exportCommand } from './export/command.ts';
import { predictCommand } from './predict/command.ts';
import { recipeCommand } from './recipe/command.ts';
import { summaryCommand } from './summary/command.ts';
import { targetsCommand } from './targets/command.ts';
import { trainCommand } from './train/command.ts';

/** Returns the commands of `feathergrad` in the order of its help. */
export const commands = (): Command[] =>
  [
    trainCommand(),
    evalCommand(),
    predictCommand(),
    exportCommand(),
    recipeCommand(),
    summaryCommand(),
    targetsCommand(),
  ].map(withoutEmptyTexts);

/**
 * Rejects empty values of options that are texts, such as paths. A script passes them if a variable is not set, and
 * --out "" would otherwise be like no --out.
 */
function withoutEmptyTexts(command: Command): Command {
  for (const option of command.options) {
    if (!option.required || option.parseArg) continue;
    option.argParser<unknown>((text, before) => {
      if (text !== '') return option.variadic ? [...(Array.isArray(before) ? before : []), text] : text;
      throw new InvalidArgumentError('expected text. If it comes from a variable, the variable is not set.');
    });
  }
  return command;
}
