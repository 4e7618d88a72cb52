/** CPU milliseconds of this process, independent of the load of the machine; in a page, the elapsed time. */
export function busy(): number {
  if (typeof process === 'undefined' || typeof process.cpuUsage !== 'function') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
