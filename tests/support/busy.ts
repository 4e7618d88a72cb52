/** Milliseconds that this process has computed, however busy the machine is; in a page, the time. */
export function busy(): number {
  if (typeof process === 'undefined' || typeof process.cpuUsage !== 'function') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
