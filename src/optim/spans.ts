import type { Placement } from '../layers/module.ts';
import type { Parameter } from '../layers/parameter.ts';

/** A range of the arenas, in elements, that is handled by one dispatch. */
export interface Span {
  readonly start: number;
  readonly size: number;
}

/** The fewest ranges of the arenas that cover these parameters and no other; padding between them is covered too. */
export function spansOf(placement: Placement, parameters: Iterable<Parameter>): Span[] {
  const { ranges, flat } = placement.parameters;
  const indices = Array.from(parameters, (parameter) => parameter.home?.index as number).sort(
    (a, b) => a - b,
  );
  const spans: { start: number; size: number }[] = [];
  let next = -1;
  for (const index of indices) {
    const start = ranges[index]?.start as number;
    const end = ranges[index + 1]?.start ?? flat.size;
    const last = spans.at(-1);
    if (last && index === next) last.size = end - last.start;
    else spans.push({ start, size: end - start });
    next = index + 1;
  }
  return spans;
}
