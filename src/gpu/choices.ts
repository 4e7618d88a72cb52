/** Ways to record one operation, by name. Names begin with a lowercase letter. */
export type Variants = Readonly<Record<string, () => void>>;

/**
 * Selects how an operation is recorded on a tuned device. A device without a table has none, and every operation then
 * records what the rules of `tuning.ts` select. Operations call it through `choose` (`tensor/ops/choose.ts`).
 */
export interface Choices {
  /**
   * Records one operation.
   * @param family name of the operation, such as `matmul`
   * @param dtype element type of the result
   * @param shape numbers that together with the family identify the work, such as rows, inner and columns
   * @param byDefault records what the rules select
   * @param variants returns the other ways; its argument is the module `tensor/variants/forward.ts`
   */
  record(
    family: string,
    dtype: string,
    shape: readonly number[],
    byDefault: () => void,
    variants: (forward: never) => Variants,
  ): void;
}
