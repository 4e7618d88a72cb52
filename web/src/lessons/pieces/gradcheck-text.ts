import type { GradcheckResult } from 'feathergrad';
import type { Said } from '../said.ts';

/** Returns the result of a gradient check as text; `names` are the names of its inputs. */
export function gradcheckText(
  { passed, worst, checked, failures }: GradcheckResult,
  names: readonly string[],
): { pass: boolean; text: Said } {
  const { index, tape: got, difference: expected } = worst;
  const at = `${names[worst.input] ?? worst.input}[${index.join(', ')}]`;
  const values = { wrong: failures.length, count: checked, at, got, expected };
  return { pass: passed, text: { key: passed ? 'checkRight' : 'checkWrong', values } };
}
