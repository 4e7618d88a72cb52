import {
  Adam,
  AdamW,
  ConstantLR,
  CosineAnnealingLR,
  type Module,
  type Optimizer,
  ReduceLROnPlateau,
  type Schedule,
  SGD,
  StepLR,
} from 'feathergrad';
import type { Settings } from '../settings.ts';

export function makeOptimizer(model: Module, { optimizer, lr, decay, clip }: Settings): Optimizer {
  const options = { learningRate: lr, weightDecay: decay, clipNorm: clip };
  if (optimizer === 'sgd') return new SGD(model, { ...options, momentum: 0.9, nesterov: true });
  return optimizer === 'adam' ? new Adam(model, options) : new AdamW(model, options);
}

export function makeSchedule({ schedule, lr, epochs }: Settings, steps: number): Schedule {
  switch (schedule) {
    case 'cosine':
      return new CosineAnnealingLR(lr, { warmupSteps: Math.round(0.1 * steps) });
    case 'plateau':
      return new ReduceLROnPlateau(lr);
    case 'step':
      return new StepLR(lr, { stepSize: Math.max(1, Math.ceil(epochs / 3)) });
    case 'constant':
      return new ConstantLR(lr);
  }
}

/** Few steps call for batch-norm statistics whose memory is a tenth of the run; the paper's 0.01 takes 500 steps. */
export function momentumFor(steps: number): number {
  return steps >= 5000 ? 0.01 : Math.min(0.5, Math.max(0.1, 10 / steps));
}
