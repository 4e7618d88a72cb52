import { describeValue } from '../gpu/describe-value.ts';
import { sameShape, show, sizeOf } from '../tensor/shape.ts';
import type { StateDict } from './state-dict.ts';

/**
 * Compares a state with the shapes that it must have. Returns one line per missing, wrongly shaped and unexpected entry.
 * @param allows entries that may be missing or unexpected (default: none)
 */
export function stateProblems(
  wanted: Iterable<readonly [name: string, shape: readonly number[]]>,
  state: StateDict,
  allows: { missing?: boolean; unexpected?: boolean } = {},
): string[] {
  const problems: string[] = [];
  const known = new Set<string>();
  for (const [name, shape] of wanted) {
    known.add(name);
    const given = state.get(name);
    if (!given) {
      if (!allows.missing) problems.push(`missing: ${name} ${show(shape)}`);
    } else if (!Array.isArray(given.shape) || given.data?.length === undefined) {
      problems.push(`wrong shape: ${name} is ${describeValue(given)}, expected { shape, data }`);
    } else if (!sameShape(given.shape, shape)) {
      problems.push(`wrong shape: ${name} is ${show(given.shape)}, expected ${show(shape)}`);
    } else if (given.data.length !== sizeOf(shape)) {
      problems.push(`wrong shape: ${name} holds ${given.data.length} numbers, expected ${show(shape)}`);
    }
  }
  if (allows.unexpected) return problems;
  for (const name of state.keys()) {
    // PyTorch's batch norm always counts batches, although only a cumulative average needs the count
    if (!known.has(name) && !name.endsWith('.num_batches_tracked')) problems.push(`unexpected: ${name}`);
  }
  return problems;
}

/** Throws one error that lists the problems, if there are any. */
export function throwProblems(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new Error(`${what} (${count}):\n  ${problems.join('\n  ')}`);
}
