import type { Module } from './module.ts';

/** Runs the synchronous function `fn` with a model in evaluation mode, then restores the mode of each module. */
export function inEvaluation<T>(model: Module, fn: () => T): T {
  const modes = [...model.namedModules()].map(([, module]) => [module, module.requestedMode] as const);
  model.eval();
  try {
    return fn();
  } finally {
    for (const [module, mode] of modes) module.requestedMode = mode;
  }
}

/**
 * Puts a model into training mode like `model.train()`, except that submodules on which evaluation mode was set directly
 * (`model.features.eval()`, `norm.training = false`) keep it, with all their submodules.
 */
export function startTraining(model: Module, isRoot = true): void {
  const { training, isOwn } = model.requestedMode;
  if (!isRoot && isOwn && !training) return;
  model.requestedMode = { training: true, isOwn: false };
  for (const [, child] of model.children()) startTraining(child, false);
}

/** Returns the dotted paths of the submodules that `startTraining` leaves in evaluation mode. */
export function keptInEvaluation(model: Module): string[] {
  const kept = [...model.namedModules()].filter(([path, { requestedMode }]) => {
    return path !== '' && requestedMode.isOwn && !requestedMode.training;
  });
  return kept.map(([path]) => path);
}
