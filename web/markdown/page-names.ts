// Maps the repository's Markdown files to pages of the app.

/** Pages whose URL differs from their path in docs/. */
const OTHERS: Record<string, string> = {
  'docs/README.md': 'overview',
  'README.md': 'readme',
  'CONTRIBUTING.md': 'contributing',
  'CHANGELOG.md': 'changelog',
  'bench/README.md': 'bench',
};

/** Returns whether a file is a page of the app. @param path from the project's root, with slashes */
export const isPage = (path: string): boolean => path in OTHERS || /^docs\/.*\.md$/.test(path);

/** Returns the part of the URL after `#/docs/`, such as `guides/memory`. */
export const pageName = (path: string): string =>
  OTHERS[path] ?? path.replace(/^docs\//, '').replace(/\.md$/, '');
