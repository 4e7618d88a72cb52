import type { StateDict } from '../../layers/state-dict.ts';
import { WeightsError } from './weights-error.ts';

/**
 * Checks that weights for prediction contain no NaN or infinity, which some adapters turn into plausible numbers.
 * @throws WeightsError with the first such tensor
 */
export function requireFinite(state: StateDict): void {
  for (const [name, { data }] of state) {
    for (let i = 0; i < data.length; i++) {
      if (Number.isFinite(data[i])) continue;
      throw new WeightsError(
        `weights: ${name} is ${data[i]} at element ${i}. The run that wrote them diverged, or the file is damaged.`,
      );
    }
  }
}
