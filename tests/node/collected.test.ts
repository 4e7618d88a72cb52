// Destroyed devices must not stay in memory. Only a separate process can force garbage collection.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { wgslForBuild } from '../../scripts/wgsl-plugin.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Opens devices one after the other, works on each, destroys it, and prints how many are alive after gc(). */
const PROGRAM = `
import { createDevice } from './src/node/index.ts';
import { Device, Linear, exp, tensor } from './src/index.ts';

const alive = [];
async function cycle(i) {
  const device = await createDevice();
  const model = new Linear(2, 2).to(device);
  const x = tensor(device, [1, 2], { shape: [1, 2] });
  const y = exp(model.call(x));
  await y.data();
  const recording = await device.capture(() => exp(x));
  await recording.run().data();
  if (i % 2 === 0) {
    for (const one of [recording, y, x, model]) one.dispose();
  }
  device.destroy();
  await device.lost;
  alive.push(new WeakRef(device), new WeakRef(device.gpu));
}
const held = await createDevice(); // one that is in use all the time
for (let i = 0; i < 12; i++) await cycle(i);
for (let i = 0; i < 6; i++) {
  await new Promise((done) => setTimeout(done, 20));
  globalThis.gc();
}
console.log(JSON.stringify({
  alive: alive.filter((ref) => ref.deref() !== undefined).length,
  of: alive.length,
  held: held instanceof Device,
}));
process.exit(0);
`;

test('destroyed devices are collected, whether or not their tensors were disposed', async () => {
  const folder = await mkdtemp(join(root, 'node_modules/.collected-')); // in this folder, so that it finds the peer webgpu
  try {
    const outfile = join(folder, 'main.mjs');
    await build({
      stdin: { contents: PROGRAM, resolveDir: root, loader: 'ts' },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['webgpu', 'sharp'],
      plugins: [wgslForBuild()],
      banner: {
        js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
      },
    });
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', outfile], {
      timeout: 50_000,
    });
    const { alive, of, held } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect([of, held]).toEqual([24, true]);
    expect(alive).toBeLessThanOrEqual(4); // the last one may still be on the stack
  } finally {
    await rm(folder, { recursive: true });
  }
});
