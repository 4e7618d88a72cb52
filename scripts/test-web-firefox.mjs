// `npm run test:web:firefox`: builds the web app and drives its main paths in Firefox, with WebGPU and without. Exits with
// code 1 at the first path that fails.
import { buildWeb } from '../web/build.mjs';
import { findFirefox, versionOf } from './engines/find-engines.mjs';
import { driveWebApp } from './engines/web-app.mjs';

const binary = findFirefox();
if (!binary) {
  console.error(
    'test:web:firefox: Firefox was not found. Install Firefox 141 or later, or set FIREFOX_PATH.',
  );
  process.exit(1);
}
if (process.env.FEATHERGRAD_WEB_BUILT !== '1') await buildWeb();
console.log(`Firefox ${versionOf(binary)}: ${binary}`);
try {
  await driveWebApp(binary, (line) => console.log(line));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
