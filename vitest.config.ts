import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumArguments, findChromium } from './scripts/find-chromium.mjs';
import { wgslForVite } from './scripts/wgsl-plugin.mjs';

const executablePath = await findChromium();

export default defineConfig({
  plugins: [wgslForVite()],
  // bench/ imports the package by this name, since the web app runs its measurements on the built package
  resolve: {
    alias: [
      { find: /^feathergrad$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) },
      {
        find: /^feathergrad\/(data|models)$/,
        replacement: fileURLToPath(new URL('src/$1/index.ts', import.meta.url)),
      },
    ],
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false, // the linter's rule is off, since it mistakes every fit() for a focused test
    // One file at a time in Node and one in the browser: a software adapter uses every core by itself.
    maxWorkers: 1,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          // Dawn's threads belong to the process: a worker thread that ended before them would crash it.
          pool: 'forks',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/browser/**'],
          setupFiles: ['tests/support/collect-between-tests.ts'],
        },
      },
      {
        extends: true,
        // Bundled before the first test: a dependency discovered later would reload the page in the middle of a run.
        optimizeDeps: { include: ['fast-check', 'fflate', 'pbf'] },
        test: {
          name: 'chromium',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/node/**', 'tests/reference/**'],
          setupFiles: ['tests/support/collect-between-tests.ts'],
          // One page for all files, so that they share a device: SwiftShader compiles each pipeline once.
          isolate: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath, args: chromiumArguments() } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'web',
          environment: 'node',
          pool: 'forks',
          include: ['web/tests/**/*.test.ts'],
        },
      },
    ],
  },
});
