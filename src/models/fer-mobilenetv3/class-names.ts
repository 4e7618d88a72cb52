import { FER_CLASSES } from './config.ts';

/**
 * Returns the class names of a network: the eight of FER+ by default, the given names for a list, and `class 0`,
 * `class 1`, ... for a number, which does not say what the outputs mean.
 *
 * @throws Error when there are fewer than two classes, or names are empty or repeated
 */
export function classNamesFrom(classes: number | readonly string[] = FER_CLASSES): readonly string[] {
  const fault = faultOf(classes);
  if (fault === null) return typeof classes === 'number' ? placeholders(classes) : [...classes];
  throw new Error(
    `FerMobileNetV3: ${fault}. Give { classes: 7 }, { classes: ['calm', 'cross'] }, or leave it out for the ` +
      `${FER_CLASSES.length} classes of FER+.`,
  );
}

/** Names that stand for "unknown". */
function placeholders(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `class ${i}`);
}

function faultOf(classes: number | readonly string[]): string | null {
  if (typeof classes === 'number') {
    if (Number.isInteger(classes) && classes >= 2) return null;
    return `classes must be a whole number of at least 2, or a list of names (got ${classes})`;
  }
  if (!Array.isArray(classes)) {
    return `classes must be a number or a list of names (got ${JSON.stringify(classes)})`;
  }
  const names: unknown[] = classes;
  if (names.length < 2) return `a classifier needs at least 2 classes (got ${names.length})`;
  const bad = names.find((name) => typeof name !== 'string' || name.trim() === '');
  if (bad !== undefined || names.includes(undefined)) {
    return `a class name must be a string that is not empty (got ${JSON.stringify(bad)})`;
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined ? null : `class names must differ (got ${JSON.stringify(twice)} twice)`;
}
