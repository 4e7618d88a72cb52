/** Rule for `checkOptions`: an object of strings and numbers, which become entries of a file's metadata. */
export function aboutRule(value: unknown): string | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const isPlain = (one: unknown) => typeof one === 'string' || typeof one === 'number';
  return isObject && Object.values(value).every(isPlain) ? undefined : 'an object of strings and numbers';
}
