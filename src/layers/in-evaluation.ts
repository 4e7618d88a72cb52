import type { Module } from './module.ts';

/** Runs `fn`, which must be synchronous, with a model in evaluation mode; then each module has its own mode again. */
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
 * `model.train()` as a training loop of the library calls it: modules below that were put into evaluation by a call on
 * themselves (`model.features.eval()`, `norm.training = false`), and all below them, stay there.
 */
export function startTraining(model: Module, isRoot = true): void {
  const { training, isOwn } = model.requestedMode;
  if (!isRoot && isOwn && !training) return;
  model.requestedMode = { training: true, isOwn: false };
  for (const [, child] of model.children()) startTraining(child, false);
}

/** The modules below `model`, by dotted path, that `startTraining` leaves in evaluation. */
export function keptInEvaluation(model: Module): string[] {
  const kept = [...model.namedModules()].filter(([path, { requestedMode }]) => {
    return path !== '' && requestedMode.isOwn && !requestedMode.training;
  });
  return kept.map(([path]) => path);
}
