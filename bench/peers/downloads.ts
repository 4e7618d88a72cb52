import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleSize, inferencePageSize } from '../lib/bundle-size.ts';
import type { PeersReport } from './report.ts';
import type { PeerName } from './roster.ts';

/** Entry of a page that runs the network with the library, and the WebAssembly files it loads. */
const PAGES: Partial<Record<PeerName, { entry: string; wasm: string[] }>> = {
  'jax-webgpu': { entry: 'jax-webgpu.ts', wasm: [] },
  'tfjs-webgpu': { entry: 'tfjs-webgpu.ts', wasm: [] },
  'tfjs-wasm': {
    entry: 'tfjs-wasm.ts',
    wasm: ['@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm'],
  },
  'ort-webgpu': {
    entry: 'onnxruntime-web/webgpu',
    wasm: ['onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm'],
  },
  'ort-wasm': {
    entry: 'onnxruntime-web/wasm',
    wasm: ['onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'],
  },
};

/** Measures the pages' sizes, for feathergrad from dist/. The network's weights are not counted. */
export async function measureDownloads(
  bench: string,
  peers: readonly PeerName[],
): Promise<PeersReport['downloads']> {
  const downloads: PeersReport['downloads'] = {};
  for (const peer of peers) {
    if (peer === 'feathergrad') {
      downloads[peer] = { gzipped: (await inferencePageSize(join(bench, '..'))).gzipped, wasm: 0 };
      continue;
    }
    const page = PAGES[peer];
    if (!page) continue;
    // ONNX Runtime's page loads an ONNX file, so the exporter is not part of it
    const entry = page.entry.endsWith('.ts') ? join(bench, 'peers', page.entry) : page.entry;
    const { gzipped } = await bundleSize({
      stdin: { contents: `export * from ${JSON.stringify(entry)};`, resolveDir: bench },
      absWorkingDir: bench,
      mainFields: ['module', 'main'],
      // code that an inference page never loads: training, jax-js's WebGL backend, and code for Node
      external: [
        './tfjs-training.ts',
        './webgl-*',
        'util',
        'crypto',
        'node-fetch',
        'fs',
        'path',
        'perf_hooks',
        'worker_threads',
        'os',
      ],
    });
    const bytes = page.wasm.map((file) => gzipSync(readFileSync(join(bench, 'node_modules', file))).length);
    downloads[peer] = { gzipped, wasm: bytes.reduce((sum, n) => sum + n, 0) };
  }
  return downloads;
}
