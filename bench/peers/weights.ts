/** Weights under PyTorch's names, in PyTorch's layouts. */
export interface Weight {
  shape: readonly number[];
  data: Float32Array<ArrayBuffer>;
}
export type Weights = ReadonlyMap<string, Weight>;

/**
 * Folds every batch norm into its convolution, as users of all libraries do before inference: W' = W s, b' = (b - mean)
 * s + beta, with s = gamma / sqrt(variance + eps).
 */
export function foldNorms(weights: Weights): Map<string, Weight> {
  const folded = new Map<string, Weight>();
  for (const [name, weight] of weights) {
    if (/running_(mean|var)$/.test(name) || isNorm(weights, name)) continue;
    folded.set(name, weight);
  }
  for (const [name, { shape, data }] of weights) {
    const norm = name.endsWith('.weight') ? normAfter(weights, name) : undefined;
    if (!norm) continue;
    const conv = name.slice(0, -'.weight'.length);
    const of = (part: string) => (weights.get(`${norm}.${part}`) as Weight).data;
    const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(of) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const eps = norm.endsWith('bn1') ? 1e-5 : 1e-3;
    // only attention with complementary pooling has a `conv_h`
    const times = weights.has(`${conv.replace(/conv1$/, 'conv_h')}.weight`) && conv.endsWith('conv1') ? 2 : 1;
    const bias = weights.get(`${conv}.bias`)?.data;
    const perFilter = data.length / (shape[0] as number);
    const scale = gamma.map((value, i) => value / Math.sqrt((variance[i] as number) + eps));
    folded.set(name, {
      shape,
      data: data.map((value, i) => value * (scale[Math.floor(i / perFilter)] as number)),
    });
    folded.set(`${conv}.bias`, {
      shape: [shape[0] as number],
      data: scale.map(
        (s, i) => (times * (bias?.[i] ?? 0) - (mean[i] as number)) * s + (beta[i] as number),
      ) as Float32Array<ArrayBuffer>,
    });
  }
  return folded;
}

const normAfter = (weights: Weights, convWeight: string): string | undefined => {
  const norm = convWeight.endsWith('.conv1.weight')
    ? convWeight.replace(/conv1\.weight$/, 'bn1')
    : convWeight.replace(/\.0\.weight$/, '.1');
  return norm !== convWeight && weights.has(`${norm}.running_mean`) ? norm : undefined;
};

const isNorm = (weights: Weights, name: string): boolean =>
  weights.has(`${name.replace(/\.(weight|bias)$/, '')}.running_mean`);

/** Permutes the axes of an array. */
export function permute(
  data: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  order: readonly number[],
): Float32Array<ArrayBuffer> {
  const target = order.map((axis) => shape[axis] as number);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const out = new Float32Array(data.length);
  const index = target.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    let from = 0;
    for (let axis = 0; axis < order.length; axis++) {
      from += (index[axis] as number) * (strides[order[axis] as number] as number);
    }
    out[i] = data[from] as number;
    for (let axis = order.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (target[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return out;
}
