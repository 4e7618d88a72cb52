import { isGradEnabled } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Module } from './module.ts';
import { ModuleBuffer, Parameter } from './parameter.ts';

/**
 * Returns the dotted paths of everything frozen: the outermost modules whose parameters are all frozen, and individual
 * parameters. Empty if nothing is frozen; [''] if everything is.
 */
export function frozenParts(module: Module, path = ''): string[] {
  const parameters = module.parameters();
  if (parameters.length === 0) return [];
  if (parameters.every(({ requiresGrad }) => !requiresGrad)) return [path];
  const at = (name: string) => (path ? `${path}.${name}` : name);
  const own = Object.entries(module).filter(([, value]) => value instanceof Parameter && !value.requiresGrad);
  const below = module.children().flatMap(([name, child]) => frozenParts(child, at(name)));
  return [...own.map(([name]) => at(name)), ...below];
}

/** Returns the buffers, such as running statistics, of frozen modules. */
export function frozenBuffers(model: Module): Set<ModuleBuffer> {
  const frozen = new Set<ModuleBuffer>();
  for (const [, module] of model.namedModules()) {
    if (!module.isFrozen) continue;
    for (const value of Object.values(module)) if (value instanceof ModuleBuffer) frozen.add(value);
  }
  return frozen;
}

/**
 * Returns whether the tape must record a module for these inputs, that is, whether an input or a parameter needs a
 * gradient and noGrad() is not active.
 */
export function isTaped(module: Module, ...inputs: (Tensor | undefined)[]): boolean {
  if (!isGradEnabled()) return false;
  return (
    inputs.some((input) => input?.requiresGrad) ||
    module.parameters().some(({ requiresGrad }) => requiresGrad)
  );
}
