#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { evalCommand } from './eval.ts';
import { exportCommand } from './export.ts';
import { predictCommand } from './predict.ts';
import { summaryCommand } from './summary.ts';
import { trainCommand } from './train.ts';

// two folders up from the source and from dist/cli alike
const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('feathergrad')
  .description('Trains and inspects lightweight CNNs on the GPU, by WebGPU')
  .version(manifest.version)
  .showHelpAfterError('(feathergrad --help lists the commands)')
  .addCommand(trainCommand())
  .addCommand(evalCommand())
  .addCommand(predictCommand())
  .addCommand(exportCommand())
  .addCommand(summaryCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
