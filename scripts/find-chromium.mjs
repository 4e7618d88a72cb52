// Finds a Chromium for the tests: CHROME_PATH, otherwise Playwright's, otherwise one of the usual paths.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

/** @param {string | undefined} path */
function runnable(path) {
  if (!path) return false;
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Returns the absolute paths of browsers on this system, best first. */
function candidates() {
  const { env } = process;
  if (process.platform === 'darwin') {
    return ['/Applications', join(env.HOME ?? '', 'Applications')].flatMap((folder) =>
      ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
        (name) => `${folder}/${name}.app/Contents/MacOS/${name}`,
      ),
    );
  }
  if (process.platform === 'win32') {
    return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => [
        join(folder, 'Google/Chrome/Application/chrome.exe'),
        join(folder, 'Chromium/Application/chrome.exe'),
        join(folder, 'Microsoft/Edge/Application/msedge.exe'),
      ]);
  }
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin'];
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/**
 * @returns {Promise<string | undefined>} the executable's path
 * @throws when CHROME_PATH is set but is not an executable
 */
export async function findChromium() {
  const chosen = process.env.CHROME_PATH;
  if (chosen) {
    if (runnable(chosen)) return chosen;
    throw new Error(`CHROME_PATH is not an executable file (got ${chosen}). Correct it or unset it.`);
  }
  const { chromium } = await import('playwright');
  const bundled = chromium.executablePath();
  return runnable(bundled) ? bundled : candidates().find(runnable);
}

/** Returns the arguments that enable WebGPU in Chromium, with SwiftShader if there is no GPU. */
export function chromiumArguments() {
  const root = process.getuid?.() === 0;
  return root ? ['--enable-unsafe-webgpu', '--no-sandbox'] : ['--enable-unsafe-webgpu'];
}
