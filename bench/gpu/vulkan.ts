// What a Linux machine lacks for Vulkan, in sentences: the loader, driver files, libraries of a driver, device files.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

/** A Vulkan driver's JSON file and what is wrong with it. */
export interface VulkanDriver {
  file: string;
  /** whether the Vulkan loader searches its folder */
  isSearched: boolean;
  /** whether it runs on the CPU */
  isSoftware: boolean;
  /** null if its library and everything that the library needs are present */
  problem: string | null;
}

const LOADER = 'libvulkan.so.1';
const SEARCHED = ['/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/share/vulkan/icd.d'];
/** Folders of drivers that containers add but the loader does not search. */
const OTHERS = [
  '/usr/local/nvidia/share/vulkan/icd.d',
  '/usr/local/nvidia/vulkan/icd.d',
  '/opt/amdgpu/share/vulkan/icd.d',
  '/run/opengl-driver/share/vulkan/icd.d',
];
const LIBRARY_FOLDERS = ['/usr/lib64', '/usr/lib', '/lib64', '/lib', '/usr/local/lib'];

/** Returns the drivers in all known folders, those that the loader finds first. */
export function vulkanDrivers(): VulkanDriver[] {
  const of = (folder: string, isSearched: boolean) =>
    namesIn(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => describeDriver(join(folder, name), isSearched));
  return [
    ...SEARCHED.flatMap((folder) => of(folder, true)),
    ...OTHERS.flatMap((folder) => of(folder, false)),
  ];
}

function describeDriver(file: string, isSearched: boolean): VulkanDriver {
  const isSoftware = /lvp|lavapipe|swiftshader/i.test(file);
  return { file, isSearched, isSoftware, problem: problemOfDriver(file) };
}

function problemOfDriver(file: string): string | null {
  let library: string;
  try {
    const { ICD } = JSON.parse(readFileSync(file, 'utf8')) as { ICD?: { library_path?: string } };
    if (!ICD?.library_path) return 'names no library';
    library = ICD.library_path;
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : error}`;
  }
  // a path relative to the file, or a bare name for the dynamic linker
  const path = isAbsolute(library)
    ? library
    : library.includes('/')
      ? join(dirname(file), library)
      : findLibrary(library);
  if (!path || !existsSync(path)) return `its library ${library} is not installed`;
  const { stdout, error } = spawnSync('ldd', [path], { encoding: 'utf8' });
  if (error) return null;
  const missing = [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
  return missing.length > 0 ? `its library needs ${missing.join(', ')}, not installed` : null;
}

/**
 * NVIDIA's Vulkan driver, in its library for X and in the one for EGL, which needs no X libraries. Containers often mount
 * the libraries without the JSON file that makes the loader find them.
 */
const NVIDIA_LIBRARIES = ['libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'];

/** Writes a driver file into `folder` for each of NVIDIA's libraries on this machine; returns their paths. */
export function unlistedDrivers(folder: string): string[] {
  return NVIDIA_LIBRARIES.flatMap((name) => {
    const library = findLibrary(name);
    if (!library) return [];
    const file = join(folder, `feathergrad-${name}.json`);
    const ICD = { library_path: library, api_version: '1.3.0' };
    writeFileSync(file, JSON.stringify({ file_format_version: '1.0.0', ICD }));
    return [file];
  });
}

/** Returns the path of a shared library for the dynamic linker; undefined if there is none. */
function findLibrary(name: string): string | undefined {
  const fromEnvironment = (process.env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== '');
  for (const command of ['ldconfig', '/sbin/ldconfig']) {
    const { stdout } = spawnSync(command, ['-p'], { encoding: 'utf8' });
    const line = (stdout ?? '').split('\n').find((text) => text.trim().startsWith(`${name} `));
    const path = line?.split('=> ')[1];
    if (path) return path;
  }
  const triple = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const folders = [...fromEnvironment, ...LIBRARY_FOLDERS, `/usr/lib/${triple}`, `/lib/${triple}`];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Returns what this machine has and lacks for a GPU through Vulkan, one sentence per line. */
export function diagnoseVulkan(): string[] {
  if (process.platform !== 'linux') return [];
  const lines: string[] = [];
  if (!findLibrary(LOADER)) {
    lines.push(
      `The Vulkan loader (${LOADER}) is not installed. Debian and Ubuntu: apt-get install libvulkan1. Fedora: dnf install vulkan-loader.`,
    );
  }
  const drivers = vulkanDrivers();
  if (drivers.length === 0) {
    lines.push(
      `No Vulkan driver is installed: there is no .json file in ${SEARCHED.join(', ')}. Install the GPU vendor's driver with its Vulkan part; ` +
        'in an NVIDIA container, set NVIDIA_DRIVER_CAPABILITIES=all (or graphics).',
    );
  }
  for (const { file, problem, isSearched } of drivers) {
    if (problem) lines.push(`The driver ${file} cannot be loaded: ${problem}.`);
    else if (!isSearched)
      lines.push(
        `The driver ${file} is in a folder that the loader does not search. Set VK_DRIVER_FILES to it.`,
      );
  }
  const nodes = [
    ...namesIn('/dev')
      .filter((name) => /^nvidia\d|^kfd$/.test(name))
      .map((name) => `/dev/${name}`),
  ];
  nodes.push(
    ...namesIn('/dev/dri')
      .filter((name) => name.startsWith('renderD'))
      .map((name) => `/dev/dri/${name}`),
  );
  if (nodes.length === 0) lines.push('No GPU is visible: there is no /dev/nvidia* and no /dev/dri/renderD*.');
  for (const node of nodes.filter((path) => !isAccessible(path))) {
    lines.push(
      `This user may not open ${node}. Add the user to the groups render and video, or run as root.`,
    );
  }
  return lines;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function isAccessible(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
