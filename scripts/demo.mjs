// `npm run demo [-- arguments of feathergrad train]`: finds a GPU, builds, and trains the network.
import { ensureEnvironment } from './ensure-environment.mjs';
import { root, run } from './run.mjs';

ensureEnvironment(['gpu']);
process.chdir(root);
process.on('SIGINT', () => {}); // Ctrl-C is the training's: it stops by itself, with what it has reached
if (run(process.execPath, ['scripts/build.mjs']) !== 0) process.exit(1);
process.exit(run(process.execPath, ['dist/cli/main.js', 'train', ...process.argv.slice(2)]));
