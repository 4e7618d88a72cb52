import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

await build({
  entryPoints: ['main.js'],
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  splitting: true, // code that is needed later, such as gradients, is loaded later
  minify: true,
});
// esbuild does not follow new URL(..., import.meta.url), so the weights are copied, and main.js passes their URL
const { resolve } = createRequire(import.meta.url);
const weights = resolve('feathergrad/weights/fer-mobilenetv3-ferplus.safetensors');
await copyFile(weights, 'dist/feathergrad-weights.safetensors');
await copyFile('index.html', 'dist/index.html');
