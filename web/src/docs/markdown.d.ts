// Modules that `web/markdown/plugin.ts` generates from a Markdown file.
declare module '*.md?page' {
  const html: string;
  export default html;
}
declare module '*.md?head' {
  const head: import('./pages.ts').Head;
  export default head;
}
declare module '*.md?codes' {
  /** each code block as HTML */
  const codes: readonly string[];
  export default codes;
}
declare module '*.md?part=measurements' {
  const html: string;
  export default html;
}
declare module '*.md?sections' {
  const sections: import('../../markdown/render.ts').Section[];
  export default sections;
}
