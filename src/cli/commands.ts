import type { Command } from 'commander';
import { evalCommand } from './eval/command.ts';
import { exportCommand } from './export/command.ts';
import { predictCommand } from './predict/command.ts';
import { recipeCommand } from './recipe/command.ts';
import { summaryCommand } from './summary/command.ts';
import { targetsCommand } from './targets/command.ts';
import { trainCommand } from './train/command.ts';

/** Returns the commands of `feathergrad` in the order of its help. */
export const commands = (): Command[] => [
  trainCommand(),
  evalCommand(),
  predictCommand(),
  exportCommand(),
  recipeCommand(),
  summaryCommand(),
  targetsCommand(),
];
