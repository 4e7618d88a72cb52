/** Returns a name that is safe as a file or folder. */
export const fileName = (text: string): string =>
  text
    .trim()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40) || 'untitled';
