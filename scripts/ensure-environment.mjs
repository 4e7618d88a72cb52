// Checks the prerequisites of the tests and the demo, installs them if possible, and otherwise prints the command to
// type. `node scripts/ensure-environment.mjs [gpu] [chromium] [lavapipe]` (default: gpu and chromium).
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run, runTool } from './run.mjs';

const linux = process.platform === 'linux';
const aptAsRoot = linux && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
let packageListsRead = false;

/**
 * `gpu` and `chromium` end the process if they are not available; `lavapipe` is only used for speed.
 * @typedef {'gpu' | 'chromium' | 'lavapipe'} Need
 * @param {Need[]} needs
 */
export function ensureEnvironment(needs) {
  ensureDependencies();
  if (needs.includes('lavapipe') && aptAsRoot && !probe('lavapipe').ok) installLavapipe();
  if (needs.includes('gpu')) ensureGpu();
  if (needs.includes('chromium')) ensureChromium();
}

function ensureDependencies() {
  const wanted = ['esbuild', 'webgpu', 'vitest', 'playwright', 'typescript'];
  if (wanted.every((name) => existsSync(join(root, 'node_modules', name, 'package.json')))) return;
  say('the npm packages are missing: installing them');
  run('npm', ['ci', '--no-audit', '--no-fund']);
  if (!existsSync(join(root, 'node_modules/esbuild'))) giveUp('the npm packages are missing', 'npm ci');
}

function ensureChromium() {
  const found = probe('chromium');
  if (found.ok) return;
  if (process.env.CHROME_PATH) giveUp(found.text, 'unset CHROME_PATH');
  say('no Chromium found: installing one for the browser tests');
  if (aptAsRoot && release().ID === 'debian') apt(['chromium', 'libvulkan1']); // Ubuntu's package is a snap
  if (!hasChromium()) {
    runTool('playwright', 'playwright', ['install', ...(aptAsRoot ? ['--with-deps'] : []), 'chromium']);
  }
  if (hasChromium()) return;
  giveUp(
    'the browser tests need Chromium, Chrome or Edge (set CHROME_PATH to the path of one in another location)',
    linux
      ? 'sudo npx playwright install-deps chromium && npx playwright install chromium'
      : 'npx playwright install chromium',
  );
}

function ensureGpu() {
  const before = probe('gpu');
  if (before.ok) return sayGpu(before.text);
  if (process.env.FEATHERGRAD_ADAPTER) giveUp(before.text, 'unset FEATHERGRAD_ADAPTER');
  say('no GPU or software Vulkan driver for Node: looking for one');
  if (aptAsRoot) installLavapipe();
  let after = probe('gpu');
  if (!after.ok && !hasChromium()) {
    ensureChromium(); // for its SwiftShader
    after = probe('gpu');
  }
  if (after.ok) return sayGpu(after.text);
  giveUp(
    after.text,
    linux ? 'sudo apt-get install -y libvulkan1 mesa-vulkan-drivers' : 'npx playwright install chromium',
  );
}

/** @param {string} found */
function sayGpu(found) {
  say(`GPU for Node: ${found}`);
  if (linux && /swiftshader/i.test(found)) {
    say(
      'Mesa 23.1 or later (the lavapipe driver, package mesa-vulkan-drivers) would be two to three times as fast',
    );
  }
}

/** Installs Mesa's CPU driver. Dawn requires Mesa 23.1 or later; Debian 12 has 22.3, so it comes from the backports. */
function installLavapipe() {
  if (release().VERSION_CODENAME !== 'bookworm') return apt(['libvulkan1', 'mesa-vulkan-drivers']);
  const source = '/etc/apt/sources.list.d/bookworm-backports.list';
  const known = spawnSync('grep', ['-rqs', 'bookworm-backports', '/etc/apt/sources.list', dirname(source)]);
  if (known.status !== 0) {
    say(`adding Debian's backports for a driver that is new enough: ${source}`);
    writeFileSync(source, 'deb http://deb.debian.org/debian bookworm-backports main\n');
    packageListsRead = false;
  }
  apt(['-t', 'bookworm-backports', 'libvulkan1', 'mesa-vulkan-drivers']);
}

function apt(/** @type {string[]} */ packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (!packageListsRead) run('apt-get', ['update', '-qq'], { env });
  packageListsRead = true;
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}

/** @returns {Record<string, string>} */
function release() {
  if (!existsSync('/etc/os-release')) return {};
  const lines = readFileSync('/etc/os-release', 'utf8').matchAll(/^(\w+)="?([^"\n]*)"?$/gm);
  return Object.fromEntries([...lines].map(([, key, value]) => [key, value]));
}

const hasChromium = () => probe('chromium').ok;

/**
 * Runs the probe in a separate process: a broken driver may end it, and only a new process sees a new driver.
 * @param {Need} what
 */
function probe(what) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/probe.mjs'), what], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return {
    ok: status === 0,
    text: status === 0 ? stdout.trim() : stderr.trim() || `the probe ended with ${status}`,
  };
}

/** @param {string} text */
function say(text) {
  console.log(`[environment] ${text}`);
}

/**
 * @param {string} problem
 * @param {string} command
 * @returns {never}
 */
function giveUp(problem, command) {
  console.error(`\n${problem}\n\nRun this and try again:\n  ${command}`);
  process.exit(1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  /** @type {Need[]} */
  const known = ['lavapipe', 'gpu', 'chromium'];
  const named = known.filter((need) => process.argv.includes(need));
  ensureEnvironment(named.length > 0 ? named : ['gpu', 'chromium']);
}
