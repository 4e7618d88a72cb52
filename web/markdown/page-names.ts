// Maps the repository's Markdown files to pages of the app.

/** Pages whose address differs from their path in docs/. */
const OTHERS: Record<string, string> = {
  'docs/README.md': 'overview',
  'README.md': 'readme',
  'CONTRIBUTING.md': 'contributing',
  'CHANGELOG.md': 'changelog',
  'bench/README.md': 'bench',
};

/** Whether a file is a page of the app. @param path from the project's root, with slashes */
export const isPage = (path: string): boolean => path in OTHERS || /^docs\/.*\.md$/.test(path);

/** The part of the address after `#/docs/`: `guides/memory`. */
export const pageName = (path: string): string =>
  OTHERS[path] ?? path.replace(/^docs\//, '').replace(/\.md$/, '');
