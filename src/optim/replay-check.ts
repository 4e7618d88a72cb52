import type { Recording } from '../gpu/recording.ts';
import type { Parameter } from '../layers/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Returns whether a step updates the parameter. */
export const isActive = ({ value, requiresGrad }: Parameter): boolean => requiresGrad && value.grad !== null;

/**
 * Makes replays of a recorded step throw when they would have to update different parameters from the recorded step.
 * @param parameters all parameters of the optimizer
 * @param active those that the recorded step updates
 */
export function checkReplays(
  type: string,
  recording: Recording,
  parameters: readonly Parameter[],
  active: readonly Parameter[],
): void {
  const moved = new Set(active);
  const trained = new Set(parameters.filter(({ requiresGrad }) => requiresGrad));
  // a recording that also computes the gradients computes the same ones at every replay
  const isStepAlone = active.every(({ value }) => !recording.wrote(value.gradBuffer as Tensor));
  recording.checks.push(() => {
    const changed = parameters.find((parameter) => {
      if (parameter.requiresGrad !== trained.has(parameter)) return true;
      return isStepAlone && isActive(parameter) !== moved.has(parameter);
    });
    if (!changed) return null;
    const what = moved.has(changed)
      ? `moves ${changed.name}, which ${changed.requiresGrad ? 'has no gradient' : 'is frozen'} now`
      : `does not move ${changed.name}, which ${isActive(changed) ? 'has a gradient' : 'is trained'} now`;
    return `${type}: the recorded step ${what}. Call capture() again after freezing or unfreezing.`;
  });
}
