import { describeValue } from '../gpu/describe-value.ts';

/** @throws Error unless `state` is a map of names, as `stateDict()` and the decoders return it */
export function expectState(caller: string, state: unknown): void {
  if (state instanceof Map) return;
  throw new Error(
    `${caller}: state: got ${describeValue(state)}, expected a Map of tensors such as await model.stateDict()`,
  );
}
