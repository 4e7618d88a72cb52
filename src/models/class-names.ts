/**
 * Returns the class names of a network: `usual` by default, the given names for a list, and `class 0`, `class 1`, ... for
 * a number, since the meaning of the outputs is then unknown.
 *
 * @param owner the network's class, with which messages begin
 * @throws Error when there are fewer than two classes, or names are empty or repeated
 */
export function classNamesFrom(
  owner: string,
  classes: number | readonly string[] | undefined,
  usual: number | readonly string[],
): readonly string[] {
  const given = classes === undefined ? usual : classes;
  const fault = faultOf(given);
  if (fault === null) return typeof given === 'number' ? placeholders(given) : [...given];
  const count = typeof usual === 'number' ? usual : usual.length;
  throw new Error(
    `${owner}: classes: ${fault}. Pass { classes: 7 } or { classes: ['calm', 'cross'] }, or omit it for ${count} classes.`,
  );
}

/** Names that stand for "unknown". */
function placeholders(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `class ${i}`);
}

function faultOf(classes: number | readonly string[]): string | null {
  if (typeof classes === 'number') {
    if (Number.isInteger(classes) && classes >= 2) return null;
    return `got ${classes}, expected an integer of at least 2 or a list of names`;
  }
  if (!Array.isArray(classes)) {
    return `got ${JSON.stringify(classes)}, expected an integer of at least 2 or a list of names`;
  }
  const names: unknown[] = classes;
  if (names.length < 2) return `got ${names.length} names, expected at least 2`;
  const bad = names.find((name) => typeof name !== 'string' || name.trim() === '');
  if (bad !== undefined || names.includes(undefined)) {
    return `got the name ${JSON.stringify(bad)}, expected a string that is not empty`;
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined ? null : `got the name ${JSON.stringify(twice)} twice, expected different names`;
}
