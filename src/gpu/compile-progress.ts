/** Progress of the compilation of kernels. */
export interface CompileProgress {
  kind: 'compile';
  /** pipelines compiled so far */
  done: number;
  total: number;
}

/** Receives the progress of a compilation: once at its beginning, and after each pipeline. */
export type OnCompile = (progress: CompileProgress) => void;

/** Returns a function that returns a listener per compilation; `report` receives the sums over all of them. */
export function summed(report: OnCompile | undefined): () => OnCompile | undefined {
  const sum = { done: 0, total: 0 };
  return () => {
    if (!report) return undefined;
    let before = { done: 0, total: 0 };
    return ({ kind, done, total }) => {
      sum.done += done - before.done;
      sum.total += total - before.total;
      before = { done, total };
      report({ kind, ...sum });
    };
  };
}
