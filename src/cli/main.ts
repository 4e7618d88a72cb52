#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { commands } from './commands.ts';
import { printableLines } from './shared/printable.ts';
import { watchOutput } from './shared/watch-output.ts';

// two folders up from both src/cli and dist/cli
const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('feathergrad')
  .description('trains and runs lightweight CNNs on the GPU with WebGPU')
  .version(manifest.version)
  .showHelpAfterError('(feathergrad --help lists the commands)');
for (const command of commands()) program.addCommand(command);

watchOutput();
try {
  await program.parseAsync();
} catch (error) {
  console.error(`error: ${printableLines(error instanceof Error ? error.message : String(error))}`);
  process.exitCode = 1;
}
