// Finds the engines of `npm run test:engines` on this machine; installs Deno, Bun and Firefox's driver through npm, and
// Firefox through apt if possible.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from '../run.mjs';

const tools = join(root, 'node_modules/.cache/feathergrad/engines-tools');

/** @param {string} path */
function isRunnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @param {string[]} names */
function onPath(names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const endings = process.platform === 'win32' ? ['.exe'] : [''];
  return folders
    .flatMap((folder) => names.flatMap((name) => endings.map((ending) => join(folder, name + ending))))
    .find(isRunnable);
}

/**
 * Installs an npm package into a separate folder. Install scripts do not run, since the binaries are in platform
 * packages.
 * @param {string} name
 */
function fetchPackage(name) {
  mkdirSync(tools, { recursive: true });
  if (!existsSync(join(tools, 'package.json')))
    writeFileSync(join(tools, 'package.json'), '{"private":true}');
  console.log(`fetching the npm package ${name} into ${tools}`);
  run('npm', ['install', '--prefix', tools, '--ignore-scripts', '--no-audit', '--no-fund', name]);
}

/**
 * Returns a file of a platform package such as @deno/linux-x64-glibc.
 * @param {string} owner
 * @param {string[]} names
 */
function inPlatformPackage(owner, names) {
  const folder = join(tools, 'node_modules', owner);
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .flatMap((name) => names.map((file) => join(folder, name, file)))
    .find(isRunnable);
}

/** @returns {string | undefined} */
export function findDeno() {
  const known = () =>
    process.env.DENO_PATH ?? onPath(['deno']) ?? inPlatformPackage('@deno', ['deno', 'deno.exe']);
  if (!known()) fetchPackage('deno');
  return known();
}

/** @returns {string | undefined} */
export function findBun() {
  // the package's install script, if it ran, has moved the binary out of the platform package
  const moved = join(tools, 'node_modules/bun/bin/bun.exe');
  const known = () =>
    process.env.BUN_PATH ??
    onPath(['bun']) ??
    inPlatformPackage('@oven', ['bin/bun', 'bin/bun.exe']) ??
    (isRunnable(moved) ? moved : undefined);
  if (!known()) fetchPackage('bun');
  return known();
}

/** @returns {string | undefined} */
export function findFirefox() {
  const names = ['firefox-esr', 'firefox', 'firefox-nightly'];
  const places = [
    '/Applications/Firefox.app/Contents/MacOS/firefox',
    'C:/Program Files/Mozilla Firefox/firefox.exe',
  ];
  const known = () => process.env.FIREFOX_PATH ?? onPath(names) ?? places.find(isRunnable);
  if (
    !known() &&
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    existsSync('/usr/bin/apt-get')
  ) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], { env });
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'firefox-esr'], { env });
  }
  return known();
}

/** Loads puppeteer-core, which drives Firefox by WebDriver BiDi. */
export async function loadPuppeteer() {
  if (!existsSync(join(tools, 'node_modules/puppeteer-core'))) fetchPackage('puppeteer-core');
  const entry = join(tools, 'puppeteer.mjs'); // an import from there finds the package
  writeFileSync(entry, "export { default } from 'puppeteer-core';\n");
  return (await import(pathToFileURL(entry).href)).default;
}

/** @param {string} binary */
export function versionOf(binary) {
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+[\w.]*/.exec(stdout ?? '')?.[0] ?? '?';
}
