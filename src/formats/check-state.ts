import type { Module } from '../layers/module.ts';
import { ModuleBuffer, Parameter } from '../layers/parameter.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { torchShape } from '../layers/torch-layout.ts';
import { sameShape, show, sizeOf } from '../tensor/shape.ts';

/** Yields the entries of a model's state that a file stores, each with its shape in the file. */
export function* namedShapes(model: Module): Generator<[string, number[]]> {
  for (const [name, item] of [...model.namedParameters(), ...model.namedBuffers()]) {
    if (item instanceof ModuleBuffer && !item.persistent) continue;
    yield [name, item instanceof Parameter ? torchShape(item.shape, item.layout) : [...item.shape]];
  }
}

/**
 * Checks that a state fits a model, which need not be on a device.
 * @throws Error that names the entry that is missing or has a different shape
 */
export function checkState(model: Module, state: StateDict): void {
  for (const [name, wanted] of namedShapes(model)) {
    const given = state.get(name);
    if (!given)
      throw new Error(`"${name}" is missing in the state (the model has it with shape ${show(wanted)})`);
    if (!sameShape(given.shape, wanted) || given.data.length !== sizeOf(wanted)) {
      throw new Error(`"${name}" has the wrong shape (got ${show(given.shape)}, expected ${show(wanted)})`);
    }
  }
}
