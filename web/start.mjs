// `npm start [-- --no-open]`: builds the app and opens it at http://127.0.0.1, where browsers allow WebGPU.
import { buildWeb } from './build.mjs';

await buildWeb();
const { serve } = await import('./server.mjs');
const open = Boolean(process.stdout.isTTY) && !process.argv.includes('--no-open');
const server = await serve({ open });
console.log(`[web] the app is at ${server.resolvedUrls?.local[0]} (press Ctrl-C to stop)`);
