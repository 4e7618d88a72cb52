// `npm run build:web`: builds the app as a static folder, web/dist, that any host can serve under any path.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureEnvironment } from '../scripts/ensure-environment.mjs';
import { run, runTool } from '../scripts/run.mjs';

const web = fileURLToPath(new URL('.', import.meta.url));

/** Installs the app's packages, builds the library and then the app. Exits the process on failure. */
export async function buildWeb() {
  ensureEnvironment([]);
  if (packages().some((name) => !existsSync(`${web}node_modules/${name}/package.json`))) {
    console.log('[web] installing the packages of the app');
    mustPass(run('npm', ['ci', '--prefix', web, '--no-audit', '--no-fund']));
  }
  // FEATHERGRAD_BUILT=1 says that dist/ is up to date
  if (process.env.FEATHERGRAD_BUILT !== '1') mustPass(run(process.execPath, ['scripts/build.mjs']));
  mustPass(runTool('typescript', 'tsc', ['-p', web]));
  const { build } = await import('vite');
  await build({ configFile: `${web}vite.config.ts`, logLevel: 'error' });
}

/** Returns the names of the app's packages. */
function packages() {
  return Object.keys(JSON.parse(readFileSync(`${web}package.json`, 'utf8')).devDependencies);
}

/** @param {number} code */
function mustPass(code) {
  if (code !== 0) process.exit(1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await buildWeb();
  console.log(`[web] built: ${web}dist, a folder for any static host`);
}
