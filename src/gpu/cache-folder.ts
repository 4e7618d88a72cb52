/** Returns a folder of the user's cache, in Node, Deno and Bun. */
export function cacheFolder(name: string): string {
  const { env, platform } = globalThis.process;
  const home = env.HOME ?? env.USERPROFILE ?? '.';
  const base =
    env.XDG_CACHE_HOME ??
    (platform === 'win32'
      ? (env.LOCALAPPDATA ?? `${home}/AppData/Local`)
      : platform === 'darwin'
        ? `${home}/Library/Caches`
        : `${home}/.cache`);
  return `${base}/${name}`;
}
