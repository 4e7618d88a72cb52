import type { TuningTable } from '../../gpu/choices.ts';

/** Progress of `tune`. */
export interface TuningProgress {
  /** operations measured so far, and all operations of the work that have several variants */
  done: number;
  total: number;
  /** family and shape of the operation that is measured next */
  key: string;
  /** elapsed time */
  milliseconds: number;
}

/** Options of `tune`. */
export interface TuneOptions {
  /**
   * time in milliseconds after which no further operation is begun, and variants that did not run yet are left out (default
   * 3000). The most expensive operations are measured first. Compilation counts, so software adapters need more.
   */
  budgetMs?: number;
  /** called before each operation is measured */
  onProgress?: (progress: TuningProgress) => void;
  /**
   * whether to read earlier measurements of this adapter, driver and library version, and to store new ones, in IndexedDB
   * or in a folder of the user's cache (default true). A string replaces the name of the database, or the folder.
   */
  cache?: boolean | string;
  /** whether to measure again what was measured before (default false) */
  refresh?: boolean;
  /** stops the measurements and keeps the results so far */
  signal?: AbortSignal;
}

/** The measurement of one operation. */
export interface TunedOperation {
  /** family and shape */
  key: string;
  /** occurrences in the work */
  count: number;
  /** name of the variant in use; `default` if none is faster beyond noise */
  variant: string;
  /** median GPU time of one occurrence, in milliseconds */
  defaultMs: number;
  variantMs: number;
}

/** Result of `tune`. */
export interface TuningResult {
  /** the table in use from now on, which also holds earlier measurements */
  table: TuningTable;
  /** the operations measured by this call, the most expensive ones first */
  measured: TunedOperation[];
  /** operations of the work that were already in the table */
  known: number;
  /** operations of the work that the budget did not allow to measure; they use the default */
  left: number;
  /** reason why the cache could not be read or written; null otherwise */
  cacheProblem: string | null;
}
