/**
 * Allows the page to load its own files, and images and workers that it created itself. It cannot send data anywhere.
 */
export const pagePolicy = policy({
  'default-src': "'none'",
  // for ONNX Runtime, which is WebAssembly: Recognize uses it without WebGPU, and Compare measures it
  'script-src': "'self' 'wasm-unsafe-eval'",
  'style-src': "'self'",
  'font-src': "'self'",
  'img-src': "'self' blob:",
  'connect-src': "'self'",
  'manifest-src': "'self'",
  // blob: for the small script through which a worker inherits this policy, see src/lib/spawn.ts
  'worker-src': "'self' blob:",
  'frame-src': "'self'", // sandbox.html, in which the playground runs code
  'base-uri': "'none'",
  'form-action': "'none'",
});

/**
 * Allows the playground's sandbox (`sandbox.html`) to run scripts that it receives as text, and nothing else: it loads no
 * file and has no network. The frame has no origin, so it cannot read the app's storage either.
 */
export const sandboxPolicy = policy({
  'default-src': "'none'",
  'script-src': "'unsafe-inline' blob:",
});

function policy(parts: Record<string, string>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
