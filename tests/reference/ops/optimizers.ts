/** PyTorch's update rules on flat float64 arrays. Parameters and state are changed in place. */

export interface SgdOptions {
  learningRate: number;
  momentum?: number;
  nesterov?: boolean;
  weightDecay?: number;
  dampening?: number;
  maximize?: boolean;
}

/** `velocity` starts empty, and has one value per parameter after the first step; torch.optim.SGD. */
export function sgdStep(
  parameters: Float64Array,
  gradients: ArrayLike<number>,
  velocity: number[],
  {
    learningRate,
    momentum = 0,
    nesterov = false,
    weightDecay = 0,
    dampening = 0,
    maximize = false,
  }: SgdOptions,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const gradient = (maximize ? -1 : 1) * gradients[i]! + weightDecay * parameters[i]!;
    const last = velocity[i];
    velocity[i] =
      last === undefined || momentum === 0 ? gradient : momentum * last + (1 - dampening) * gradient;
    const step = nesterov ? gradient + momentum * velocity[i]! : velocity[i]!;
    parameters[i] = parameters[i]! - learningRate * step;
  }
}

export interface AdamState {
  /** Steps taken so far. */
  step: number;
  first: Float64Array;
  second: Float64Array;
  /** maximum of `second` over all steps */
  greatest: Float64Array;
}

export function adamState(size: number): AdamState {
  const zeros = () => new Float64Array(size);
  return { step: 0, first: zeros(), second: zeros(), greatest: zeros() };
}

export interface AdamOptions {
  learningRate: number;
  beta1?: number;
  beta2?: number;
  eps?: number;
  weightDecay?: number;
  amsgrad?: boolean;
  maximize?: boolean;
}

/** torch.optim.Adam: weight decay is added to the gradient. */
export function adamStep(
  parameters: Float64Array,
  gradients: ArrayLike<number>,
  state: AdamState,
  {
    learningRate,
    beta1 = 0.9,
    beta2 = 0.999,
    eps = 1e-8,
    weightDecay = 0,
    amsgrad = false,
    maximize = false,
  }: AdamOptions,
): void {
  state.step++;
  const correction1 = 1 - beta1 ** state.step;
  const correction2 = 1 - beta2 ** state.step;
  for (let i = 0; i < parameters.length; i++) {
    const gradient = (maximize ? -1 : 1) * gradients[i]! + weightDecay * parameters[i]!;
    state.first[i] = beta1 * state.first[i]! + (1 - beta1) * gradient;
    state.second[i] = beta2 * state.second[i]! + (1 - beta2) * gradient * gradient;
    state.greatest[i] = Math.max(state.greatest[i]!, state.second[i]!);
    const divisor = amsgrad ? state.greatest[i]! : state.second[i]!;
    const denominator = Math.sqrt(divisor / correction2) + eps;
    if (denominator === 0 && state.first[i] === 0) continue; // with eps 0; PyTorch has NaN here
    parameters[i] = parameters[i]! - (learningRate * (state.first[i]! / correction1)) / denominator;
  }
}

/** torch.optim.AdamW: parameters shrink by learningRate * weightDecay first. PyTorch's default decay is 0.01. */
export function adamWStep(
  parameters: Float64Array,
  gradients: ArrayLike<number>,
  state: AdamState,
  { weightDecay = 0.01, ...options }: AdamOptions,
): void {
  const shrink = 1 - options.learningRate * weightDecay;
  for (let i = 0; i < parameters.length; i++) parameters[i] = parameters[i]! * shrink;
  adamStep(parameters, gradients, state, { ...options, weightDecay: 0 });
}

export interface RmspropState {
  square: Float64Array;
  average: Float64Array;
  buffer: Float64Array;
}

export function rmspropState(size: number): RmspropState {
  return { square: new Float64Array(size), average: new Float64Array(size), buffer: new Float64Array(size) };
}

export interface RmspropOptions {
  learningRate?: number;
  alpha?: number;
  eps?: number;
  momentum?: number;
  centered?: boolean;
  weightDecay?: number;
  maximize?: boolean;
}

/** torch.optim.RMSprop. */
export function rmspropStep(
  parameters: Float64Array,
  gradients: ArrayLike<number>,
  state: RmspropState,
  {
    learningRate = 1e-2,
    alpha = 0.99,
    eps = 1e-8,
    momentum = 0,
    centered = false,
    weightDecay = 0,
    maximize = false,
  }: RmspropOptions,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const gradient = (maximize ? -1 : 1) * gradients[i]! + weightDecay * parameters[i]!;
    state.square[i] = alpha * state.square[i]! + (1 - alpha) * gradient * gradient;
    state.average[i] = alpha * state.average[i]! + (1 - alpha) * gradient;
    const variance = state.square[i]! - (centered ? state.average[i]! ** 2 : 0);
    const update = gradient / (Math.sqrt(variance) + eps);
    state.buffer[i] = momentum * state.buffer[i]! + update;
    parameters[i] = parameters[i]! - learningRate * state.buffer[i]!;
  }
}

/** Where SAM computes its second gradient: p + rho g / (|g| + 1e-12), with the norm of all gradients (Foret et al. 2021). */
export function samPoints(
  parameters: readonly Float64Array[],
  gradients: readonly Float64Array[],
  rho: number,
): Float64Array[] {
  const norm = Math.sqrt(gradients.flatMap((list) => [...list]).reduce((sum, g) => sum + g * g, 0));
  return parameters.map((list, i) => list.map((p, k) => p + (rho * gradients[i]![k]!) / (norm + 1e-12)));
}

/** torch.nn.utils.clip_grad_norm_: scales by min(1, maxNorm / (norm + 1e-6)). Returns the norm before. */
export function clipGradientNorm(gradients: readonly Float64Array[], maxNorm: number): number {
  const squares = gradients.map((gradient) => gradient.reduce((sum, value) => sum + value * value, 0));
  const norm = Math.sqrt(squares.reduce((sum, value) => sum + value, 0));
  const scale = Math.min(1, maxNorm / (norm + 1e-6));
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! * scale;
  }
  return norm;
}
