import { type Remote, wrap } from 'comlink';
import { REPORT_FILES } from './used-files.ts';

/**
 * Starts a module worker under this page's Content-Security-Policy. A worker loaded from a URL has only the policy of
 * its response headers, which a static host may not send; a worker loaded from a blob inherits the page's policy. So
 * the worker is a blob that imports the actual script.
 */
export function spawn<T>(url: string): { remote: Remote<T>; worker: Worker } {
  const text = `import ${JSON.stringify(new URL(url, document.baseURI).href)};${REPORT_FILES}`;
  const blob = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const worker = new Worker(blob, { type: 'module' });
  return { remote: wrap<T>(worker), worker };
}
