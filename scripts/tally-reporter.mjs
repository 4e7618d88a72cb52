// A vitest reporter that writes how many tests passed and failed in each project, for the last line of `npm test`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** @typedef {Record<string, { passed: number, failed: number, skipped: number }>} Tally by project */

/** @typedef {import('vitest/node').Reporter} Reporter */

/** @implements {Reporter} */
export default class TallyReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} errors outside of any test
   */
  onTestRunEnd(modules, errors) {
    /** @type {Tally} */
    const tally = {};
    const of = (/** @type {string} */ project) => (tally[project] ??= { passed: 0, failed: 0, skipped: 0 });
    for (const module of modules) {
      const counts = of(module.project.name.replace(/ .*/, '')); // the browser's is `chromium (chromium)`
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test without a result never ran, which counts as a failure.
        counts[state === 'pending' ? 'failed' : state]++;
      }
      // A file that could not be loaded, or whose hooks failed, has no failed test.
      const failing = [...module.children.allTests('failed')].length;
      if (!module.ok() && failing === 0) counts.failed++;
    }
    if (errors.length > 0) of('outside of the tests').failed += errors.length;
    const path = process.env.FEATHERGRAD_TALLY;
    if (!path) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(tally));
  }
}
