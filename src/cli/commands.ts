import type { Command } from 'commander';
import { evalCommand } from './eval.ts';
import { exportCommand } from './export.ts';
import { predictCommand } from './predict.ts';
import { summaryCommand } from './summary.ts';
import { trainCommand } from './train.ts';

/** What stands behind `feathergrad`, in the order of its help. */
export const commands = (): Command[] => [
  trainCommand(),
  evalCommand(),
  predictCommand(),
  exportCommand(),
  summaryCommand(),
];
