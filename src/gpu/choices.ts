import type { DispatchSpec } from './dispatch.ts';
import type { Kernel } from './kernel.ts';

/** Ways to record one operation, by name. Names begin with a lowercase letter. */
export type Variants = Readonly<Record<string, () => void>>;

/**
 * Selects how an operation is recorded on a tuned device. A device without a table has none, and every operation then
 * records what the rules of `tuning.ts` select. Operations call it through `choose` (`tensor/ops/choose.ts`).
 */
export interface Choices {
  /** the table in use; null while the device is being tuned */
  readonly table: TuningTable | null;
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

  /**
   * Records one dispatch. For a flat kernel outside of the operations that call `record`, the table selects the workgroup
   * size, which does not change the results.
   * @param run records the dispatch
   */
  dispatch(kernel: Kernel, spec: DispatchSpec, run: (spec: DispatchSpec) => void): void;
}

/** Facts about an adapter and its features, as far as WebGPU reports them. A tuning table is valid only for them. */
export interface TunedAdapter {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** often with the version of the driver */
  readonly description: string;
  /** whether the feature `subgroups` is enabled */
  readonly subgroups: boolean;
}

/** The variants that were measured on one adapter: plain JSON, returned by `exportTuning`. */
export interface TuningTable {
  readonly format: 'feathergrad tuning 1';
  /** version of the library; its kernels may differ in another one */
  readonly library: string;
  readonly adapter: TunedAdapter;
  /**
   * name of the fastest variant by family and shape, such as `{ 'matmul 49x480x80': 'subgroup8' }`; `default` if none is
   * faster than the default
   */
  readonly choices: Readonly<Record<string, string>>;
}
