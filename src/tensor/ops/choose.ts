import type { Variants } from '../../gpu/choices.ts';
import type { Tensor } from '../tensor.ts';
import type { forward } from '../variants/forward.ts';

/**
 * Records an operation in the way that the device's tuning table selects for its family and shape. Without a table, or
 * without an entry for this key, `byDefault` runs, so the dispatches, and therefore the bits, are those of the rules in
 * `gpu/tuning.ts`; on a GPU `variants/gpu-rules.ts` then replaces some of them.
 *
 *   choose(y, 'matmul', [rows, inner, columns], () => product(...), (forward) => forward.productVariants(...));
 *
 * `variants` returns the other ways to compute the same result that this device and these sizes support, by name, such as
 * `{ vec4: () => wideProduct(...) }`. Only the tuner and a device with a table call it. Each function may record several
 * dispatches and allocate temporary tensors; all must write the same result, and none may change anything else.
 *
 * A page that only runs a network must not load the variants. Those of forward operations are therefore in
 * `tensor/variants/forward.ts`, which the tuner passes as an argument; only pages that import the tuner load it. Gradient
 * functions, which such a page does not load, may list theirs in place.
 */
export function choose(
  y: Tensor,
  family: string,
  shape: readonly number[],
  byDefault: () => void,
  variants: (loaded: typeof forward) => Variants,
): void {
  const { choices } = y.device;
  if (choices) choices.record(family, y.dtype, shape, byDefault, variants);
  else byDefault();
}
