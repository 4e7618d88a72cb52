// Helpers of the scripts: run a program, find the project's root and its installed tools.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * Runs a program in the project's root, with output to this terminal.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 * @returns {number} its exit code; 127 if it does not exist
 */
export function run(program, args, options = {}) {
  const shell = process.platform === 'win32' && (program === 'npm' || program === 'npx');
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    shell,
    env: options.env ?? process.env,
  });
  return error ? 127 : (status ?? 1);
}

/**
 * Runs an installed package's command with Node, without npx, so that it works in the same way on every system.
 * @param {string} name the package
 * @param {string} command the key in the package's `bin`
 * @param {string[]} args
 */
export function runTool(name, command, args) {
  const require = createRequire(join(root, 'package.json'));
  const manifest = join(root, 'node_modules', name, 'package.json');
  const { bin } = require(manifest);
  const script = typeof bin === 'string' ? bin : bin[command];
  return run(process.execPath, [join(dirname(manifest), script), ...args]);
}
