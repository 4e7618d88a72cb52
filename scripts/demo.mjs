// `npm run demo [-- arguments of feathergrad train]`: a GPU, a build, and the network in training. On drawn faces
// it takes the recipe that learns most from some 16,000 pictures; arguments of your own come after it and win.
import { ensureEnvironment } from './ensure-environment.mjs';
import { root, run } from './run.mjs';

ensureEnvironment(['gpu']);
process.chdir(root);
process.on('SIGINT', () => {}); // Ctrl-C is the training's: it stops by itself, with what it has reached
if (run(process.execPath, ['scripts/build.mjs']) !== 0) process.exit(1);
const given = process.argv.slice(2);
const RECIPE = '--optimizer sgd --lr 0.2 --warmup 50 --batch 32 --pictures 1600 --epochs 10'.split(' ');
const recipe = given.some((word) => /^(--data|--help|-h)\b/.test(word)) ? [] : RECIPE;
process.exit(run(process.execPath, ['dist/cli/main.js', 'train', ...recipe, ...given]));
