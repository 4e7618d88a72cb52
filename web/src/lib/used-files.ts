// Files that the first visit loads before there is a service worker, which stores them once it runs.

const CHANNEL = 'feathergrad-used-files';

/** Code for a worker: tells the page which files the worker loads. */
export const REPORT_FILES = `new PerformanceObserver((list) => {
  const channel = new BroadcastChannel(${JSON.stringify(CHANNEL)});
  channel.postMessage(list.getEntries().map(({ name }) => name));
  channel.close();
}).observe({ type: 'resource', buffered: true });`;

/** Calls `use` with the addresses of files that this page and its workers loaded, and later with those that they load. */
export function watchFiles(use: (urls: string[]) => void): void {
  new PerformanceObserver((list) => use(list.getEntries().map(({ name }) => name))).observe({
    type: 'resource',
    buffered: true,
  });
  new BroadcastChannel(CHANNEL).onmessage = ({ data }) => use(data);
}
