import type { GradcheckResult } from 'feathergrad';

/** Returns the result of a gradient check as text; `names` are the names of its inputs. */
export function gradcheckText(
  { passed, worst, checked, failures }: GradcheckResult,
  names: readonly string[],
): { pass: boolean; text: string } {
  const digits = (value: number) => value.toPrecision(5).replace('-', '−');
  const where = `${names[worst.input] ?? `input ${worst.input}`}[${worst.index.join(', ')}]`;
  const least = `the tape gives ${digits(worst.tape)}, differences give ${digits(worst.difference)}`;
  const text = passed
    ? `${checked} slopes agree. The largest difference is at ${where}: ${least}.`
    : `${failures.length} of ${checked} slopes differ. The largest difference is at ${where}: ${least}.`;
  return { pass: passed, text };
}
