// The archive of `npm run bench:gpu -- --pack FILE`: Node, Dawn, the built library, the benchmark with the other libraries
// in its bundle, sharp to decode images, and on request a data set. It needs nothing but a Linux kernel, glibc and a Vulkan driver.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/run.mjs';

/** Arguments of `tar` by the archive's ending. */
const COMPRESSION = new Map([
  ['.tar.xz', ['--use-compress-program', 'xz -6 -T0']],
  ['.tar.zst', ['--use-compress-program', 'zstd -19 -T0']],
  ['.tar.gz', ['--use-compress-program', 'gzip -9']],
]);

/** Shared libraries that a bare machine may lack. They are used only if the machine has none. */
const LIBRARIES = ['libvulkan.so.1', 'libstdc++.so.6', 'libgcc_s.so.1'];

/** Shared libraries that NVIDIA's Vulkan driver loads and that a machine without a display may lack. */
const DRIVER_LIBRARIES = [
  'libX11.so.6',
  'libXext.so.6',
  'libxcb.so.1',
  'libXau.so.6',
  'libXdmcp.so.6',
  'libbsd.so.0',
  'libmd.so.0',
  'libGLdispatch.so.0',
];

const RUN = `#!/bin/sh
# Measures this machine's GPU: ./run.sh [--minutes 8] [--data FOLDER] [--out FOLDER]; ./run.sh --help lists the flags.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
known=$({ ldconfig -p || /sbin/ldconfig -p || /usr/sbin/ldconfig -p; } 2>/dev/null)
for library in "$here"/lib/*/*; do
  name=$(basename "$library")
  case "$known" in *"$name"*) ;; *)
    echo "$name is not installed; using the copy in this archive" >&2
    LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$(dirname "$library")" ;;
  esac
done
export LD_LIBRARY_PATH
export FEATHERGRAD_BENCH="$here/bench"
export FEATHERGRAD_BENCH_COMMAND="$0"
FEATHERGRAD_PEERS=$(cat "$here/bench/peers.json")
export FEATHERGRAD_PEERS
if [ -f "$here/data.path" ]; then set -- --data "$here/$(cat "$here/data.path")" "$@"; fi
exec "$here/bin/node" "$here/bench/code/main.mjs" --out "$here/result" "$@"
`;

/** Versions of the libraries in bench/package.json. */
export function peerVersions() {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'bench/package.json'), 'utf8'));
  return dependencies;
}

/**
 * Writes the archive and prints its size.
 * @param {string[]} words the command line
 * @param {string} code the folder with the bundled benchmark
 * @returns {Promise<number>} the exit code
 */
export async function pack(words, code) {
  const { values } = parseArgs({
    args: words,
    options: { pack: { type: 'string' }, data: { type: 'string' } },
  });
  const file = resolve(values.pack ?? '');
  const [ending, compression] = [...COMPRESSION].find(([name]) => file.endsWith(name)) ?? [];
  if (!ending || !compression) {
    console.error(
      `--pack: unknown kind of archive (got ${values.pack}, expected a name that ends in ${[...COMPRESSION.keys()].join(', ')}).`,
    );
    return 1;
  }
  if (process.platform !== 'linux') {
    console.error(
      '--pack: the archive contains this machine’s Node, so it can only be written on Linux. Run it there.',
    );
    return 1;
  }
  if (values.data !== undefined && !existsSync(values.data)) {
    console.error(`--data: the path does not exist (got ${values.data}).`);
    return 1;
  }
  const staging = mkdtempSync(join(tmpdir(), 'feathergrad-pack-'));
  try {
    const folder = join(staging, 'feathergrad-bench');
    fill(folder, code, values.data);
    const { status } = spawnSync(
      'tar',
      [
        '--sort=name',
        '--owner=0',
        '--group=0',
        ...compression,
        '-cf',
        file,
        '-C',
        staging,
        'feathergrad-bench',
      ],
      { stdio: 'inherit' },
    );
    if (status !== 0) return status ?? 1;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  const mebibytes = (statSync(file).size / 2 ** 20).toFixed(1);
  console.log(
    `${file}: ${mebibytes} MiB. On the other machine: tar -xf ${basename(file)} && feathergrad-bench/run.sh --minutes 8`,
  );
  return 0;
}

/**
 * @param {string} folder
 * @param {string} code
 * @param {string | undefined} data
 */
function fill(folder, code, data) {
  const place = (/** @type {string} */ name) => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    return path;
  };
  const node = place('bin/node');
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  spawnSync('strip', ['--strip-unneeded', node]); // symbols are a fifth of the file; without `strip` they stay
  const dawn = `webgpu/dist/linux-${process.arch}/dawn.node`;
  for (const name of ['webgpu/package.json', 'webgpu/index.js', dawn, 'webgpu/LICENSE.md']) {
    copyFileSync(join(root, 'node_modules', name), place(`node_modules/${name}`));
  }
  for (const name of packagesOf('sharp')) {
    cpSync(join(root, 'node_modules', name), place(`node_modules/${name}`), { recursive: true });
  }
  for (const name of readdirSync(code).filter((one) => one.endsWith('.mjs'))) {
    copyFileSync(join(code, name), place(`bench/code/${name}`));
  }
  copyFileSync(join(root, 'dist/cli/main.js'), place('dist/cli/main.js'));
  copyFileSync(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), place('dist/THIRD-PARTY-NOTICES.txt'));
  cpSync(join(root, 'dist/weights'), place('dist/weights'), { recursive: true });
  for (const name of ['package.json', 'LICENSE']) copyFileSync(join(root, name), place(name));
  writeFileSync(place('bench/peers.json'), JSON.stringify(peerVersions()));
  for (const name of [...LIBRARIES, ...DRIVER_LIBRARIES]) {
    const found = sharedLibrary(name);
    // one folder per library, so that only those that are missing are used
    if (found) copyFileSync(realpathSync(found), place(`lib/${name}/${name}`));
    else if (LIBRARIES.includes(name))
      console.warn(`${name} is not installed here; the archive will not contain it`);
  }
  writeFileSync(place('run.sh'), RUN);
  chmodSync(join(folder, 'run.sh'), 0o755);
  if (data === undefined) return;
  const target = `data/${basename(resolve(data))}`;
  cpSync(data, place(target), { recursive: true });
  writeFileSync(place('data.path'), target);
}

/**
 * Returns a package and the packages that it needs on this machine, as far as they are installed.
 * @param {string} name
 * @param {Set<string>} [found]
 */
function packagesOf(name, found = new Set()) {
  const manifest = join(root, 'node_modules', name, 'package.json');
  if (found.has(name) || !existsSync(manifest)) return found;
  found.add(name);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) packagesOf(other, found);
  return found;
}

/** @param {string} name */
function sharedLibrary(name) {
  for (const command of ['ldconfig', '/sbin/ldconfig']) {
    const { stdout } = spawnSync(command, ['-p'], { encoding: 'utf8' });
    const line = (stdout ?? '').split('\n').find((text) => text.trim().startsWith(`${name} `));
    if (line) return line.split('=> ')[1]?.trim();
  }
  return undefined;
}
