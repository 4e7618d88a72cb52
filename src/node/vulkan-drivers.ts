import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

// A small JSON file (the "ICD", installable client driver) describes a Vulkan driver to the loader. Two drivers run on
// the CPU: Mesa's lavapipe, which is two to three times as fast, and SwiftShader, which every Chromium includes.

/** Returns the matching names in a folder; an empty list if the folder is missing or unreadable. */
function namesIn(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}

const unique = (paths: string[]): string[] => [...new Set(paths)];

/** Returns lavapipe's `lvp_icd*.json` in the folders that the Vulkan loader searches. */
export function findLavapipe(): string[] {
  const { env } = process;
  const roots = [
    env.XDG_CONFIG_HOME ?? join(homedir(), '.config'),
    '/etc',
    env.XDG_DATA_HOME ?? join(homedir(), '.local/share'),
    ...(env.XDG_DATA_DIRS ?? '/usr/local/share:/usr/share').split(':'),
    '/usr/local/share',
    '/usr/share',
    '/opt/homebrew/share',
    '/run/opengl-driver/share',
  ].filter((root) => root !== '');
  const machine = process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch;
  return unique(roots.map((root) => join(root, 'vulkan/icd.d'))).flatMap((folder) =>
    namesIn(folder, /^lvp_icd.*\.json$/)
      // Fedora and Arch put the machine into the name; another machine's driver would not load.
      .filter((name) => name === 'lvp_icd.json' || name.includes(machine))
      .map((name) => join(folder, name)),
  );
}

/**
 * Returns SwiftShader's `vk_swiftshader_icd.json` in the folders of Chromium, Chrome, Edge and Playwright's browsers.
 */
export function findSwiftShader(): string[] {
  return unique(
    [...browserFolders(), ...playwrightFolders()].map((at) => join(at, 'vk_swiftshader_icd.json')),
  ).filter((path) => existsSync(path));
}

function browserFolders(): string[] {
  const { env, platform } = process;
  const chosen = env.CHROME_PATH ? [dirname(env.CHROME_PATH)] : [];
  if (platform === 'win32') {
    const products = ['Google/Chrome', 'Chromium', 'Microsoft/Edge'];
    return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
      .filter((root) => root !== undefined)
      .flatMap((root) => products.map((product) => join(root, product, 'Application')))
      .flatMap((folder) => [folder, ...namesIn(folder, /^\d+\./).map((version) => join(folder, version))])
      .concat(chosen);
  }
  if (platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].flatMap((name) => {
      const versions = `/Applications/${name}.app/Contents/Frameworks/${name} Framework.framework/Versions`;
      return namesIn(versions, /./).map((version) => join(versions, version, 'Libraries'));
    });
  }
  return [
    ...chosen,
    '/usr/lib/chromium',
    '/usr/lib64/chromium-browser',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    '/opt/microsoft/msedge',
    '/snap/chromium/current/usr/lib/chromium-browser',
    ...(env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
  ];
}

function playwrightFolders(): string[] {
  const { env, platform } = process;
  const cache =
    platform === 'win32'
      ? join(env.LOCALAPPDATA ?? homedir(), 'ms-playwright')
      : platform === 'darwin'
        ? join(homedir(), 'Library/Caches/ms-playwright')
        : join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ms-playwright');
  const root = env.PLAYWRIGHT_BROWSERS_PATH || cache;
  return namesIn(root, /^chromium/).flatMap((build) =>
    namesIn(join(root, build), /^chrome-/).map((folder) => join(root, build, folder)),
  );
}
