import { type Remote, wrap } from 'comlink';

/**
 * Starts a module worker that lives under this page's Content-Security-Policy. A worker from an address has only
 * the policy that its response's headers state, and a static host may send none; one from a blob takes over the
 * page's. So the blob imports the real script.
 */
export function spawn<T>(url: string): { remote: Remote<T>; worker: Worker } {
  const text = `import ${JSON.stringify(new URL(url, document.baseURI).href)};`;
  const blob = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const worker = new Worker(blob, { type: 'module' });
  return { remote: wrap<T>(worker), worker };
}
