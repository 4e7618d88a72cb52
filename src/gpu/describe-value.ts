/** Returns a short description of a value for error messages; for a Promise it adds the likely cause. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}...` : value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function')
    return `the ${/^class\b/.test(String(value)) ? 'class' : 'function'} ${value.name}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if ('then' in value) return 'a Promise (did you forget await?)';
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map((one) => (Array.isArray(one) ? '[...]' : describeValue(one)));
    return `[${shown.join(', ')}${value.length > 8 ? ', ...' : ''}]`;
  }
  if ('isTensor' in value && 'shape' in value)
    return `a tensor of shape [${(value.shape as number[]).join(', ')}]`;
  const name: unknown = value.constructor?.name;
  const isPlain = name === 'Object' || typeof name !== 'string' || name.length < 3;
  return isPlain
    ? `an object { ${Object.keys(value).slice(0, 6).join(', ')} }`
    : `an object of class ${name}`;
}
