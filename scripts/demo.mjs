// `npm run demo [-- arguments of feathergrad train]`: a GPU, a build, and the network in training.
import { ensureEnvironment } from './ensure-environment.mjs';
import { root, run } from './run.mjs';

ensureEnvironment(['gpu']);
process.chdir(root);
if (run(process.execPath, ['scripts/build.mjs']) !== 0) process.exit(1);
process.exit(run(process.execPath, ['dist/cli/main.js', 'train', ...process.argv.slice(2)]));
