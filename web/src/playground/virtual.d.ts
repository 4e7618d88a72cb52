/** The script that runs in the sandbox: the whole library and the runner, as text (web/playground-plugin.ts). */
declare module 'virtual:playground-sandbox' {
  const script: string;
  export default script;
}
