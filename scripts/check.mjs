// `npm run check`: the types of the library, its tests and the web app, and the linter.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTool } from './run.mjs';

const steps = [() => runTool('typescript', 'tsc', ['--noEmit'])];
// The app's types need its own packages, which `npm start` and `npm run build:web` install. They are checked against the
// library's source, so dist/ need not exist.
if (existsSync(join(root, 'web/node_modules/preact'))) {
  steps.push(() => runTool('typescript', 'tsc', ['--noEmit', '-p', 'web/tsconfig.check.json']));
}
steps.push(() => runTool('@biomejs/biome', 'biome', ['ci']));

process.exit(Math.max(...steps.map((step) => step())));
