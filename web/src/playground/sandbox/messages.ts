// What the page and the sandbox send to each other.

/** An import of the reader's code, to be checked against the real exports. */
export interface ImportUse {
  module: string;
  line: number;
  names: { name: string; line: number }[];
}

/** A mistake in the reader's code. Lines count from 1. */
export interface Problem {
  file: 'main.ts' | 'kernel.wgsl';
  message: string;
  line: number | null;
}

export type View = 'table' | 'heat' | 'image';

/** Something that the code showed. */
export type Output =
  | { kind: 'text'; text: string; isProblem: boolean }
  | {
      kind: 'tensor';
      title: string;
      dtype: string;
      shape: readonly number[];
      view: View;
      values: Float32Array | Uint32Array | Int32Array;
    }
  /** the next point of a live chart */
  | { kind: 'point'; chart: string; values: Record<string, number> };

export type ToSandbox =
  | { kind: 'run'; code: string; imports: ImportUse[]; wgsl: string }
  | { kind: 'file'; name: string; bytes: ArrayBuffer | null };

export type FromSandbox =
  | { kind: 'output'; output: Output }
  /** the event loop is alive; sent twice per second */
  | { kind: 'beat' }
  /** requests a file of weights that comes with feathergrad */
  | { kind: 'file'; name: string }
  | { kind: 'end'; milliseconds: number; problems: Problem[] };
