/** What the page may load: its own files, and pictures and workers that it made itself. Nothing leaves it. */
export const pagePolicy = policy({
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'font-src': "'self'",
  'img-src': "'self' blob:",
  'connect-src': "'self'",
  // blob: for the small script by which a worker takes over this policy, see src/lib/spawn.ts
  'worker-src': "'self' blob:",
  'base-uri': "'none'",
  'form-action': "'none'",
});

/** The worker in which Compare runs other libraries: ONNX Runtime is WebAssembly. It never sees a picture. */
export const peerPolicy = policy({
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'connect-src': "'self'",
  'worker-src': "'self' blob:",
});

function policy(parts: Record<string, string>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
