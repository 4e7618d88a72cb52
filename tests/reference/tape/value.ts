import { type NdArray, sizeOf } from '../array.ts';

/**
 * A node of the float64 tape: an array, its gradient, and how to push that gradient to the nodes it was computed from.
 * Values are NdArrays, so every forward loop of ../ops accepts them.
 */
export class Value implements NdArray {
  readonly shape: number[];
  readonly data: Float64Array;
  readonly grad: Float64Array;
  readonly #parents: readonly Value[];
  readonly #pushGradient: (grad: Float64Array) => void;

  /** `pushGradient` gets this node's complete gradient and ADDS into the `grad` of the parents. */
  constructor(
    array: NdArray,
    parents: readonly Value[] = [],
    pushGradient: (grad: Float64Array) => void = () => {},
  ) {
    this.shape = array.shape;
    this.data = array.data;
    this.grad = new Float64Array(sizeOf(array.shape));
    this.#parents = parents;
    this.#pushGradient = pushGradient;
  }

  /** Fills `grad` of every node this one depends on. `seed` is the gradient of this node (default ones). */
  backward(seed: ArrayLike<number> = new Float64Array(this.grad.length).fill(1)): void {
    this.grad.set(seed);
    for (const node of this.#dependenciesFirst().reverse()) node.#pushGradient(node.grad);
  }

  #dependenciesFirst(): Value[] {
    const order: Value[] = [];
    const seen = new Set<Value>();
    const visit = (node: Value): void => {
      if (seen.has(node)) return;
      seen.add(node);
      for (const parent of node.#parents) visit(parent);
      order.push(node);
    };
    visit(this);
    return order;
  }
}
