import type { Module } from './module.ts';

/** Runs `fn`, which must be synchronous, with a model in evaluation mode; then each module has its own mode again. */
export function inEvaluation<T>(model: Module, fn: () => T): T {
  const modes = [...model.namedModules()].map(([, module]) => [module, module.training] as const);
  model.eval();
  try {
    return fn();
  } finally {
    for (const [module, mode] of modes) module.training = mode;
  }
}
