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
    // Two files at a time in Node, and one in the browser meanwhile: most tests keep one core busy. Without `npm test`, which
    // builds dist/, the tests of dist/ build it themselves, and must not do so at the same time.
    maxWorkers: process.env.FEATHERGRAD_BUILT === '1' ? 2 : 1,
    // One process or page for many files, so that they share a device: each loads modules and compiles pipelines once.
    isolate: false,
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
          browser: {
            enabled: true,
            headless: true,
            fileParallelism: false,
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
          isolate: true,
          maxWorkers: 1,
          include: ['web/tests/**/*.test.ts'],
        },
      },
    ],
  },
});
