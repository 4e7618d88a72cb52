import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import nodeResolve from '@rollup/plugin-node-resolve';

const { resolve } = createRequire(import.meta.url);

/** Rollup does not follow new URL(..., import.meta.url), so the weights are copied, and main.js passes their URL. */
const copyFiles = {
  name: 'copy-files',
  async writeBundle() {
    const weights = resolve('feathergrad/weights/fer-mobilenetv3-ferplus.safetensors');
    await copyFile(weights, 'dist/feathergrad-weights.safetensors');
    await copyFile('index.html', 'dist/index.html');
  },
};

export default {
  input: 'main.js',
  output: { dir: 'dist', format: 'es' },
  plugins: [nodeResolve({ browser: true }), copyFiles],
};
