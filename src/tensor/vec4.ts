/** A list of elements as a kernel reads it. */
export interface Vec4Run {
  /** number of vec4, or of elements if that is not a multiple of four */
  readonly count4: number;
  readonly isVec4: boolean;
  /** the kernel's `alias Vec`, for `DispatchSpec.defines` */
  readonly defines: Readonly<Record<string, string>>;
}

/** Decides whether kernels with an `alias Vec` read `count` elements as vec4 or one by one. */
export function inVec4(count: number): Vec4Run {
  const isVec4 = count % 4 === 0;
  return isVec4
    ? { count4: count / 4, isVec4, defines: {} }
    : { count4: count, isVec4, defines: { Vec: 'f32' } };
}
