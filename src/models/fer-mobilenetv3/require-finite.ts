import type { StateDict } from '../../layers/state-dict.ts';
import { WeightsError } from './weights-error.ts';

/**
 * Refuses weights to predict with that hold NaN or an infinity: some adapters turn these into plausible numbers.
 * @throws WeightsError that names the first such tensor
 */
export function requireFinite(state: StateDict): void {
  for (const [name, { data }] of state) {
    for (let i = 0; i < data.length; i++) {
      if (Number.isFinite(data[i])) continue;
      throw new WeightsError(
        `weights: ${name} holds ${data[i]} at element ${i}. The run that wrote them diverged, or the file is damaged.`,
      );
    }
  }
}
