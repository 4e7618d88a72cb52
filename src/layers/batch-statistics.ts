import { BatchNorm } from './batch-norm.ts';
import type { Module } from './module.ts';

/**
 * Returns the path of the first batch norm without running statistics, which make the output for one image depend on the
 * others in its batch; null if there is none.
 */
export function batchStatisticsOf(model: Module): string | null {
  for (const [path, module] of model.namedModules()) {
    if (module instanceof BatchNorm && !module.running_mean) return path || module.type;
  }
  return null;
}
