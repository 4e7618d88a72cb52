// `npm test [-- vitest arguments]`: prepares the environment, builds, and runs all tests in Node and in Chromium; the
// last line is `N passed, M failed` for both.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEnvironment } from './ensure-environment.mjs';
import { root, run, runTool } from './run.mjs';

ensureEnvironment(['gpu', 'chromium']);
if (run(process.execPath, ['scripts/build.mjs']) !== 0) finish(0, 1);

process.env.FEATHERGRAD_BUILT = '1'; // dist/ is fresh: the tests need not build it again
const chosen = process.argv.join(' ').match(/--project[= ](\S+)/)?.[1] ?? null;
// the web app's end-to-end tests are a separate command, `npm run test:web`
const projects = chosen ? [] : ['--project', 'node', '--project', 'chromium'];
if (chosen === 'web') {
  if (run(process.execPath, ['web/build.mjs']) !== 0) finish(0, 1);
  process.env.FEATHERGRAD_WEB_BUILT = '1';
}

const path = join(root, 'node_modules/.cache/feathergrad/tally.json');
rmSync(path, { force: true });
process.env.FEATHERGRAD_TALLY = path;
const code = runTool('vitest', 'vitest', [
  'run',
  '--reporter=default',
  '--reporter=./scripts/tally-reporter.mjs',
  ...projects,
  ...process.argv.slice(2),
]);

let passed = 0;
let failed = 0;
for (const [project, counts] of Object.entries(readTally())) {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  console.log(`${project}: ${counts.passed} passed, ${counts.failed} failed${skipped}`);
  passed += counts.passed;
  failed += counts.failed;
}
finish(passed, code !== 0 && failed === 0 ? 1 : failed);

/** @returns {import('./tally-reporter.mjs').Tally} empty if vitest ended before it could count */
function readTally() {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * @param {number} passed
 * @param {number} failed
 * @returns {never}
 */
function finish(passed, failed) {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}
